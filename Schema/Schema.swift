// The warehouse's SQL, compiled in from the files beside this one.

/// The numbered migrations, oldest first, and the views that stand on the newest version.
package enum SchemaSQL {
  /// `migrations[n]` takes a warehouse from version n to version n + 1.
  package static let migrations = [
    text(PackageResources.V001_warehouse_sql), text(PackageResources.V002_policies_sql),
    text(PackageResources.V003_likelihoods_sql), text(PackageResources.V004_detectors_sql),
    text(PackageResources.V005_groupings_sql), text(PackageResources.V006_replicates_sql),
    text(PackageResources.V007_unreadable_sql),
  ]
  package static let views = text(PackageResources.views_sql)

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
