// A value of any of SQLite's five storage classes, for callers that learn types at run time.

/// Storage class of a value: https://sqlite.org/datatype3.html.
package enum ValueType: Int32, Sendable {
  case integer = 1
  case real
  case text
  case blob
  case null
}

package enum Value: Hashable, Sendable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
  case blob([UInt8])

  package init(_ value: Int?) { self = value.map(Value.integer) ?? .null }
  package init(_ value: Double?) { self = value.map(Value.real) ?? .null }
  package init(_ value: String?) { self = value.map(Value.text) ?? .null }
  package init(_ value: Bool) { self = .integer(value ? 1 : 0) }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral
{
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .real(value) }
  package init(stringLiteral value: String) { self = .text(value) }
}
