"""The world behind the API: cards and bank accounts that behave by their test numbers, and time passing."""
