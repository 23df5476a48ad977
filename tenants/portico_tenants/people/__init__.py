"""Persons, their memberships and sign-in: who is asking, and what they may do."""
