"""What the demo keeps: the same secrets at every start, one demo at a time, nothing left after a reset."""

import json
from pathlib import Path

import pytest

from portico_portal.local.state import AnotherCompany, DemoRuns, State, same_company, write_private


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = State(tmp_path / ".portico")
    made.home.mkdir()
    made.open()
    return made


def test_secrets_are_made_once_and_readable_by_their_owner_alone(state: State) -> None:
    first = state.secret("operator token"), state.password("stanmoor owner"), state.encryption_key()

    again = State(state.home)
    assert (again.secret("operator token"), again.password("stanmoor owner"), again.encryption_key()) == first
    assert (state.folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert state.folder.stat().st_mode & 0o777 == 0o700


def test_a_second_demo_in_the_same_clone_is_told_of_the_first(state: State) -> None:
    with state.held(), pytest.raises(DemoRuns, match="running already"), State(state.home).held():
        pass


def test_a_reset_forgets_data_and_addresses(state: State) -> None:
    token = state.secret("operator token")
    write_private(state.addresses, {"portals": []})

    state.reset()

    assert not state.folder.exists()
    assert not state.addresses.exists()
    state.open()
    assert state.secret("operator token") != token


def test_addresses_of_an_earlier_run_are_gone_before_the_next_is_ready(state: State) -> None:
    write_private(state.addresses, {"portals": []})
    state.open()
    assert not state.addresses.exists()


def test_private_files_are_replaced_whole(state: State) -> None:
    write_private(state.addresses, {"name": "Ćwik"})
    assert json.loads(state.addresses.read_text()) == {"name": "Ćwik"}
    assert state.addresses.stat().st_mode & 0o777 == 0o600


def test_figures_of_another_company_are_refused_with_the_way_out(state: State, tmp_path: Path) -> None:
    assert same_company(state, None) is None
    with pytest.raises(AnotherCompany, match="make demo-reset DATA="):
        same_company(state, tmp_path)


def test_the_company_of_the_first_start_is_kept(state: State, tmp_path: Path) -> None:
    assert same_company(state, tmp_path) == tmp_path
    assert same_company(state, None) == tmp_path
    assert same_company(state, tmp_path) == tmp_path
