"""What a person sees of paysim: the hosted pay page, the bank's challenge, onboarding, the console."""
