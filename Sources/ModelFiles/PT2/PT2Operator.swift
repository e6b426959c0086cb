// PyTorch's operators that have a translation. Each is an entry in one of the lists that `all` joins; an operator in place,
// such as `aten.relu_`, is the one without the underscore.

/// An operator, and what it becomes.
struct PT2Operator: Sendable {
  typealias Translation = @Sendable (PT2Step) throws -> [Operation]?

  /// As programs name it, without `torch.ops.`.
  let targets: [String]
  /// Whether what comes out may be the memory of the first argument.
  let isView: Bool
  /// Nil for what the engine's operations cannot say: the operation is then an unknown one.
  let translate: Translation

  init(_ targets: String..., view: Bool = false, _ translate: @escaping Translation) {
    (self.targets, isView, self.translate) = (targets, view, translate)
  }

  /// One that becomes one operation of the same arguments; one that has no slot makes it an unknown one.
  init(
    _ targets: String..., as kind: OperationKind, view: Bool = false, _ slots: [String: Slot],
    with defaults: [String: Argument] = [:]
  ) {
    (self.targets, isView) = (targets, view)
    translate = { step in step.plain(kind, slots, with: defaults).map { [$0] } }
  }

  private static let all: [PT2Operator] =
    products + normalisations + elementwise + arithmetic + reductions + shapes + parts + windows
    + fills
    + pools + sizes

  private static let byTarget: [String: PT2Operator] = {
    var table: [String: PT2Operator] = [:]
    for entry in all {
      for target in entry.targets {
        precondition(table.updateValue(entry, forKey: target) == nil, "An operator is listed once.")
      }
    }
    return table
  }()

  /// The entry, and whether the operator writes its first argument.
  static func find(_ target: String) -> (operator: PT2Operator, isInPlace: Bool)? {
    if let entry = byTarget[target] { return (entry, false) }
    let parts = target.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "aten", parts[1].hasSuffix("_"), !parts[1].hasSuffix("__"),
      let entry = byTarget["aten.\(parts[1].dropLast()).\(parts[2])"]
    else { return nil }
    return (entry, true)
  }
}
