"""From a network and its images to an atlas: the half that needs torch."""
