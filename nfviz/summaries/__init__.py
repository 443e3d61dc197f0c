"""Tables about an atlas: what figures and reports draw and print. Each function makes one."""

from nfviz.summaries.layers import summarize_layers

__all__ = ["summarize_layers"]
