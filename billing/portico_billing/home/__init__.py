"""What is owed by whom, by when, and what to do next: the first page of a customer, and the figures of the staff's."""
