"""The atlas of the embedded network on the embedded images."""

from nfviz.atlas import Atlas
from nfviz.demo.images import CLASSES, DemoImages
from nfviz.demo.network import MEAN, STD, demo_network
from nfviz.recording.analyze import analyze


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
        The same on every call.
    """
    return analyze(
        demo_network(),
        DemoImages(n_images),
        mean=MEAN,
        std=STD,
        classes=CLASSES,
        n_max=len(CLASSES),
        progress=progress,
    )
