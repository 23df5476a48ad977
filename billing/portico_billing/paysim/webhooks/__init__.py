"""Events on their way to the endpoints: signed, concurrent, repeated until somebody says 2xx."""
