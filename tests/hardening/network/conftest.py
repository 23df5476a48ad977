"""The portal behind a socket."""

from tests.hardening.network.serving import served as served
