"""Configuration: schema, layers and the hardware probe."""
