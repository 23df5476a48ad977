"""The roof: what a customer opens in the browser and what an operator runs. Assembles the other packages."""
