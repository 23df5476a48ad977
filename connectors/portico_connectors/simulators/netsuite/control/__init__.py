"""The test's side of the simulator: faults, changes made "in the ERP", and a look at its state."""
