// Trains a network, from scratch or from given weights. The work is done by Capture's Training; this file is its command line.

import Basics
import CommandLineTool
import Networks
import Training

let train = Command(
  name: "engram-train",
  purpose:
    "Trains a network, from scratch or from given weights, and keeps the states that a study compares.",
  usage: [
    "engram-train --data DATA --out DIR [options]",
    "engram-train --resume --out DIR [--epochs N]",
  ],
  options: [
    Option(
      "data", "DATA",
      "a folder with a published data set's own files (CIFAR, MNIST and others), a folder of JPEG, PNG, WebP, "
        + "BMP and PNM files (folder:DIR and labels:FILE choose), shapes, shapes-stylised, npy:FOLDER or "
        + "FILE.npz; "
        + "DATA:train, and shapes:train:N for N images"),
    Option(
      "test", "DATA",
      "what accuracy is tested on, or none (default: the split test of DATA, or val)"),
    Option(
      "preprocess", "STEPS",
      "imagenet, imagenet-299, caffe, cifar, cifar-alexnet or unit, and options with commas: resize=N or "
        + "squash=N, crop=N, filter=bilinear, scale=255, mean=R/G/B, std=R/G/B or standardise, order=rgb "
        + "(default: the network's own)"),
    Option(
      "strict", nil, "refuse data with images that cannot be read instead of leaving them out"),
    Option("out", "DIR", "folder for the weight files, the checkpoint and log.jsonl"),
    Option("model", "NAME", Architecture.trained.joined(separator: ", "), default: "alexnet-cifar"),
    Option(
      "outputs", "N",
      "the network's classes (default: the data's; 1000 for those of ImageNet, of which the data has some)"
    ),
    Option(
      "from", "FILE",
      "begin with these weights, of any form that engram-ingest reads (FILE:KEY for one of its dictionaries); images "
        + "are prepared as the file says, unless --preprocess does"),
    Option(
      "outliers", "DATA",
      "outlier exposure (Hendrycks et al. 2019): every step also sees as many of these images as samples, and adds "
        + "--outlier-weight times their cross-entropy to the uniform distribution; labels are left aside"
    ),
    Option(
      "outlier-weight", "X",
      "of that cross-entropy (default: \(TrainingOptions.usualOutlierWeight))"),
    Option("labels", "MODE", "true, random or random:FRACTION", default: "true"),
    Option(
      "epochs", "N", "at most so many passes over the training set; 0 writes the untrained network",
      default: "60"),
    Option("until-zero-error", nil, "stop once every training sample is classified as labelled"),
    Option("limit", "N", "train on so many samples, drawn after --classes and --per-class"),
    Option("per-class", "N", "train on so many samples of each class"),
    Option("classes", "LIST", "train and test on these classes: 3,5,7 or cat,dog or random:K"),
    Option("seed", "N", "of weights, order, random labels and drawn samples", default: "0"),
    Option("learning-rate", "X", "of stochastic gradient descent", default: "0.01"),
    Option("decay", "X", "factor of the learning rate after every --decay-every", default: "0.95"),
    Option(
      "decay-every", "STEPS",
      "steps between two decays (default: an epoch of 50,000 images, 391 at batch 128)"),
    Option("momentum", "X", "share of the last step kept", default: "0.9"),
    Option(
      "batch-size", "N", "samples a step, up to \(TrainingSettings.batchSizes.upperBound)",
      default: "128"),
    Option("threads", "N", "does not change the result", default: "\(Parallel.processors)"),
    Option("resume", nil, "go on where the training in DIR was stopped; options come from there"),
    Option("force", nil, "replace the training that DIR holds"),
  ],
  examples: [
    ("generated images, a minute", "engram-train --data shapes --epochs 8 --out nets/shapes"),
    (
      "the paper's overfitted network, on a fifth of CIFAR-10",
      "engram-train --data cifar-10-batches-bin --limit 10000 --until-zero-error --out nets/true"
    ),
    (
      "a residual network on photographs, a folder a class",
      "engram-train --model resnet18 --data photographs --batch-size 32 --out nets/photographs"
    ),
    (
      "outlier exposure, of weights that are there: surer of what it knows, unsure of what it does not",
      "engram-train --model resnet20-cifar --from nets/resnet20.pth --data cifar-10-batches-bin --outliers textures.npz "
        + "--learning-rate 0.001 --epochs 2 --out nets/exposed"
    ),
    (
      "the same network on random labels",
      "engram-train --data cifar-10-batches-bin --limit 2000 --labels random --until-zero-error "
        + "--epochs 100 --out nets/random"
    ),
  ],
  run: runTraining)

train.main()
