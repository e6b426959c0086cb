// Architectures drawn at random: branches, sums, concatenations, every layer, a vector part of
// several fully connected layers.

import Basics
import Networks

/// Maps of one height and width, so that any two of one number of channels can be added.
struct RandomGraph {
  static let input = MapShape(channels: 3, height: 6, width: 5)

  private var generator: SplitMix64
  private var nodes = [Node("input", .input, inputs: [])]
  private var channels = [input.channels]
  /// What later nodes may read.
  private var open = [0]
  private var isRead = [false]

  static func architecture(seed: UInt64) -> Architecture {
    var graph = RandomGraph(generator: SplitMix64(seed: seed))
    for _ in 0..<12 { graph.addMap() }
    graph.addVectors()
    return Architecture(name: "random", input: input, nodes: graph.nodes)
  }

  private init(generator: SplitMix64) { self.generator = generator }

  @discardableResult
  private mutating func add(
    _ layer: Layer, _ inputs: [Int], channels: Int, isOpen: Bool = true
  ) -> Int {
    for input in inputs { isRead[input] = true }
    nodes.append(Node("n\(nodes.count)", layer, inputs: inputs))
    self.channels.append(channels)
    isRead.append(false)
    if isOpen { open.append(nodes.count - 1) }
    return nodes.count - 1
  }

  /// A node that may be read, the latest more often than others.
  private mutating func source() -> Int {
    generator.next(below: 2) == 0 ? open[open.count - 1] : open[generator.next(below: open.count)]
  }

  private mutating func convolution(from: Int, outputs: Int? = nil, isOpen: Bool = true) -> Int {
    let outputs = outputs ?? [3, 16, 32, 37][generator.next(below: 4)]
    let size = [1, 3, 3, 5][generator.next(below: 4)]
    let window = Window(height: size, width: size, padding: Padding(size / 2))
    let layer = Convolution(
      outputs: outputs, window: window, hasBias: generator.next(below: 2) == 0)
    return add(.convolution(layer), [from], channels: outputs, isOpen: isOpen)
  }

  private mutating func addMap() {
    let from = source()
    let own = channels[from]
    let window = Window(height: 3, width: 3, padding: Padding(1))
    switch generator.next(below: 23) {
    case 0, 1: _ = convolution(from: from)
    case 2, 3:
      let first = convolution(from: from, isOpen: false)
      let normalised = add(
        .batchNormalisation(BatchNormalisation(epsilon: 1e-3)), [first], channels: channels[first],
        isOpen: false)
      if generator.next(below: 4) > 0 {
        add(.rectifier, [normalised], channels: channels[first])
      } else {
        open.append(normalised)
      }
    case 4, 5:
      // A convolution that is added to what is there already, as in a residual network.
      let branch = convolution(from: from, outputs: own, isOpen: generator.next(below: 4) == 0)
      let terms = generator.next(below: 2) == 0 ? [from, branch] : [branch, from]
      let sum = add(.sum, terms, channels: own, isOpen: generator.next(below: 2) == 0)
      add(.rectifier, [sum], channels: own)
    case 6, 7:
      // Branches that end in convolutions, rectified or not, beside each other.
      let parts = (0..<(2 + generator.next(below: 2))).map { _ in
        let branch = convolution(from: source(), isOpen: generator.next(below: 5) == 0)
        return generator.next(below: 2) == 0
          ? branch : add(.rectifier, [branch], channels: channels[branch], isOpen: false)
      }
      add(.concatenation, parts, channels: parts.reduce(0) { $0 + channels[$1] })
    case 8:
      let other = source()
      add(.concatenation, [from, other, from], channels: 2 * own + channels[other])
    case 9: add(.sum, [from, from], channels: own)
    case 10: add(.maxPool(MaxPool(window: window)), [from], channels: own)
    case 11: add(.averagePool(AveragePool(window: window)), [from], channels: own)
    case 12: add(.responseNormalisation(ResponseNormalisation()), [from], channels: own)
    case 13:
      let wider = own + 2 * generator.next(below: 3)
      add(.shortcut(Shortcut(stride: 1, channels: wider)), [from], channels: wider)
    case 14:
      let values = (0..<own).map { Float($0 % 5) / 4 - 0.6 }
      add(
        .channelScaling(ChannelScaling(factors: values, offsets: values.reversed())), [from],
        channels: own)
    case 15:
      let layer = Elementwise.all[generator.next(below: Elementwise.all.count)].layer
      // Of a convolution's output that nothing else reads, or of anything.
      let isOwn = generator.next(below: 2) == 0
      let source = isOwn ? convolution(from: from, isOpen: false) : from
      let activated = add(layer, [source], channels: channels[source])
      if generator.next(below: 3) == 0 {
        add(.concatenation, [activated, from], channels: channels[activated] + own)
      }
    case 16:
      let size = [1, 3, 3, 5][generator.next(below: 4)]
      let dilation = 1 + generator.next(below: 2)
      let divisors = (1...own).filter { own % $0 == 0 }
      let groups = generator.next(below: 2) == 0 ? own : divisors[divisors.count / 2]
      let window = Window(
        height: size, width: 3, rowDilation: dilation, columnDilation: dilation,
        padding: Padding(
          top: size / 2 * dilation, left: dilation, bottom: size / 2 * dilation, right: dilation))
      let outputs = own * (generator.next(below: 4) == 0 && own < 40 ? 2 : 1)
      let layer = GroupedConvolution(
        outputs: outputs, window: window, groups: groups, hasBias: generator.next(below: 2) == 0)
      let isOpen = generator.next(below: 3) == 0
      let convolved = add(.groupedConvolution(layer), [from], channels: outputs, isOpen: isOpen)
      add(.rectifier, [convolved], channels: outputs)
    case 17:
      // Behind anything, and read by others as well.
      let normalised = add(
        .batchNormalisation(BatchNormalisation()), [from], channels: own,
        isOpen: generator.next(below: 3) == 0)
      add(.rectifier, [normalised], channels: own)
    case 18: add(.parametricRectifier(ParametricRectifier(slopes: own)), [from], channels: own)
    case 19: add(.channelAffine(ChannelAffine()), [from], channels: own)
    case 20:
      let pool = AdaptiveMaxPool(height: Self.input.height, width: Self.input.width)
      add(.adaptiveMaxPool(pool), [from], channels: own)
    case 21:
      // Rows and columns as one axis, and back.
      let (height, width) = (Self.input.height, Self.input.width)
      let shapes = [(height * width, 1), (height, width)].map {
        MapShape(channels: own, height: $0.0, width: $0.1)
      }
      let flat = add(
        .reinterpretation(Reinterpretation(shape: shapes[0])), [from], channels: own, isOpen: false)
      let back = add(
        .reinterpretation(Reinterpretation(shape: shapes[1])), [flat], channels: own)
      if generator.next(below: 2) == 0 { add(.sum, [from, back], channels: own) }
    default:
      let dropped = add(.dropout(Dropout()), [from], channels: own)
      if generator.next(below: 2) == 0 { add(.sum, [from, dropped], channels: own) }
    }
  }

  /// Every map that nothing reads yet is pooled; the vectors are joined and go through fully
  /// connected layers.
  private mutating func addVectors() {
    let leaves = nodes.indices.filter { !isRead[$0] }
    let pooled = leaves.map { leaf in
      add(
        .adaptiveAveragePool(AdaptiveAveragePool(height: 2, width: 2)), [leaf],
        channels: channels[leaf])
    }
    let joined =
      pooled.count == 1
      ? pooled[0]
      : add(.concatenation, pooled, channels: pooled.reduce(0) { $0 + channels[$1] })
    let flat = add(.flatten, [joined], channels: 4 * channels[joined])
    func dense(_ outputs: Int) -> Layer { .fullyConnected(FullyConnected(outputs: outputs)) }
    let first = add(dense(9), [flat], channels: 9)
    let second = add(dense(9), [flat], channels: 9)
    let rectified = add(.rectifier, [first], channels: 9)
    let third = add(dense(9), [rectified], channels: 9)
    let dropped = add(.dropout(Dropout()), [rectified], channels: 9)
    let fourth = add(dense(9), [dropped], channels: 9)
    let sum = add(.sum, [third, second], channels: 9)
    let all = add(.concatenation, [sum, fourth, first], channels: 27)
    add(dense(5), [all], channels: 5)
  }
}
