"""Print nfviz/ontologies/imagenet.csv from WordNet's hypernyms and ImageNet's classes.

python benchmarks/imagenet_ontology.py ONTOLOGY.csv CLASSES.csv > nfviz/ontologies/imagenet.csv

ONTOLOGY has one row per edge (wnid, name, parent_wnid), CLASSES one per class (wnid, synonyms
parted by semicolons). A second lemma is kept where the first one is that of several nodes.
"""

import csv
import sys
from collections import Counter, defaultdict


def read(path):
    """Return the rows of a CSV file."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def derive(edges, classes):
    """Return one row per node: wnid, name, parents, lemma."""
    names, parents = {}, defaultdict(list)
    for edge in edges:
        names[edge["wnid"]] = edge["name"]
        if edge["parent_wnid"]:
            parents[edge["wnid"]].append(edge["parent_wnid"])
    often = Counter(names.values())
    lemmas = {row["wnid"]: row["synonyms"].split("; ")[1:2] for row in classes}
    for wnid, name in sorted(names.items()):
        lemma = lemmas.get(wnid, []) if often[name] > 1 else []
        yield wnid, name, " ".join(parents[wnid]), "".join(lemma)


def main(ontology, classes):
    """Print the file."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["wnid", "name", "parents", "lemma"])
    writer.writerows(derive(read(ontology), read(classes)))


if __name__ == "__main__":
    main(*sys.argv[1:])
