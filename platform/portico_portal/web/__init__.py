"""What every request passes: its context, its host, its access, its errors."""
