"""How bytes become plain data, one file format per module, whoever sent them."""
