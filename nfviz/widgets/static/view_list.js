// @ts-check
// All views in reading order.

import { activationCurves } from "./activation_curves.js";
import { gallery } from "./gallery.js";
import { hueWheel } from "./hue_wheel.js";
import { jointScatter } from "./joint_scatter.js";
import { neuronCard } from "./neuron_card.js";
import { selectivityHistogram } from "./selectivity_histogram.js";
import { tagClouds } from "./tag_clouds.js";
import { thresholds } from "./thresholds.js";

/** Their names in `nfviz.widgets`, their titles for people, and the functions that make them. */
export const VIEWS = [
  { kind: "Thresholds", title: "Thresholds", make: thresholds },
  { kind: "Gallery", title: "Neuron features", make: gallery },
  { kind: "NeuronCard", title: "Neuron", make: neuronCard },
  { kind: "HueWheel", title: "Hue wheel", make: hueWheel },
  { kind: "SelectivityHistogram", title: "Degrees by layer", make: selectivityHistogram },
  { kind: "JointScatter", title: "Joint selectivity", make: jointScatter },
  { kind: "TagClouds", title: "Classes", make: tagClouds },
  { kind: "ActivationCurves", title: "Activation curves", make: activationCurves },
];
