"""Response times for a person with very many digits: the people, the addresses, the measurement."""
