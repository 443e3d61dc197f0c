"""See and index the selectivity of every neuron of a vision network."""

__version__ = "0.1.0.dev0"
