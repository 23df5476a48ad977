"""The isolation probe: `portico check --canary` sends it through a running installation, the tests through theirs."""
