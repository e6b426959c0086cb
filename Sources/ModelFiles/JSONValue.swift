// JSON as a tree: what exported programs describe themselves in. RFC 8259.

/// A JSON text's value.
enum JSONValue {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// - Parameter what: For messages: the file, and the entry of an archive.
  /// - Throws: `ModelFileError`.
  init(parsing bytes: [UInt8], of what: String) throws {
    var parser = JSONParser(bytes: bytes, what: what)
    self = try parser.whole()
  }

  subscript(_ key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var int: Int? { if case .int(let int) = self { int } else { nil } }
  var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }
  var object: [String: JSONValue]? { if case .object(let object) = self { object } else { nil } }

  /// Of a union, which is an object of one member: its name and value.
  var union: (name: String, value: JSONValue)? {
    guard case .object(let members) = self, members.count == 1, let only = members.first
    else { return nil }
    return (only.key, only.value)
  }
}
