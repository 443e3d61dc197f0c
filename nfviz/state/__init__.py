"""Which neurons are in view, and what they measure there: the rules that all views follow."""
