"""The atlas of the embedded network on the embedded images."""

from dataclasses import replace

from nfviz.atlas import Atlas
from nfviz.demo.images import CLASSES, DemoImages, ontology
from nfviz.demo.network import MEAN, STD, demo_network
from nfviz.ontology import Ontology
from nfviz.recording.analyze import analyze
from nfviz.recording.own_response import respond_to_features


def demo_atlas(n_images: int = 4800, *, progress: bool = True) -> Atlas:
    """Draw the demo images, run the demo network over them and index its five convolutions.

    Image sets hold at most 48 images: as many as there are classes and no more than each class
    has, so that class selectivity can take all values from 0 to 1.

    Parameters
    ----------
    n_images : int
        Images to draw; 100 of each class by default.
    progress : bool
        Show bars.

    Returns
    -------
    Atlas
        The same on every call, with the responses to the own features and the ontology.
    """
    network = demo_network()
    atlas = analyze(
        network,
        DemoImages(n_images),
        mean=MEAN,
        std=STD,
        classes=CLASSES,
        n_max=len(CLASSES),
        progress=progress,
    )
    atlas = respond_to_features(atlas, network, progress=progress)
    return replace(atlas, ontology=Ontology.from_edges(ontology(), child="name"))
