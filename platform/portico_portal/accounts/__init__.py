"""Sign-in, invitations, passwords, members and the switch between customers."""
