"""Everything runs on one machine: embedded services, a supervisor, the demo. Nothing here serves production."""
