"""Tables about an atlas: what figures and reports draw and print. Each function makes one."""

from nfviz.summaries.curves import summarize_activation_curves
from nfviz.summaries.gallery import summarize_gallery
from nfviz.summaries.gray_test import summarize_gray_test
from nfviz.summaries.hue_wheel import summarize_hue_wheel, summarize_hues
from nfviz.summaries.joint import summarize_joint
from nfviz.summaries.layer_table import layers_to_latex, table_of_layers
from nfviz.summaries.layers import summarize_layers
from nfviz.summaries.own_response import summarize_own_response
from nfviz.summaries.selectivity import summarize_selectivity
from nfviz.summaries.tags import summarize_tags

__all__ = [
    "layers_to_latex",
    "summarize_activation_curves",
    "summarize_gallery",
    "summarize_gray_test",
    "summarize_hue_wheel",
    "summarize_hues",
    "summarize_joint",
    "summarize_layers",
    "summarize_own_response",
    "summarize_selectivity",
    "summarize_tags",
    "table_of_layers",
]
