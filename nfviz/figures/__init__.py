"""The paper's figures, each one call: from an atlas to a plotly figure."""
