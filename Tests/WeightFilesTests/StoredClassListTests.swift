// Lists of classes in pickles: every form that people keep them in, and what is none.

import Basics
import Pickle
import Testing
import WeightFiles

/// In protocol 0, which can be written by hand.
private func lists(_ pickle: String) throws -> (lists: [StoredClassList], others: [String]) {
  try PickleTree(parsing: Array(pickle.utf8)[...]).classLists()
}

private func told(_ pickle: String) throws -> [String] {
  try lists(pickle).lists.map { list in
    list.name + ": " + list.entries.map { "\($0.key)=\($0.name)" }.joined(separator: ",")
  }
}

@Test func listsOfClassesAreFoundUnderTheirNames() throws {
  // {'class_to_idx': {'dog': 1, 'cat': 0}}
  #expect(
    try told("(dS'class_to_idx'\n(dS'dog'\nI1\nsS'cat'\nI0\nss.") == [
      "class_to_idx: cat=cat,dog=dog"
    ])
  // {'idx_to_class': {1: 'dog', 0: 'cat'}}
  #expect(
    try told("(dS'idx_to_class'\n(dI1\nS'dog'\nsI0\nS'cat'\nss.") == [
      "idx_to_class: cat=cat,dog=dog"
    ])
  // {'classes': ['cat', 'dog'], 'epoch': 3}
  #expect(
    try told("(dS'classes'\n(lS'cat'\naS'dog'\nasS'epoch'\nI3\ns.") == ["classes: cat=cat,dog=dog"])
  // {'class_names': ('cat', 'dog')}
  #expect(try told("(dS'class_names'\n(S'cat'\nS'dog'\nts.") == ["class_names: cat=cat,dog=dog"])
  // {'meta': {'categories': ['cat']}, 'categories': ['no']}
  #expect(
    try told("(dS'meta'\n(dS'categories'\n(lS'cat'\nassS'categories'\n(lS'no'\nas.")
      == ["meta.categories: cat=cat"])
  // {'classes': ['b'], 'hyper_parameters': {'class_to_idx': {'a': 0}}}: the likelier name first.
  #expect(
    try told("(dS'classes'\n(lS'b'\nasS'hyper_parameters'\n(dS'class_to_idx'\n(dS'a'\nI0\nsss.")
      == ["hyper_parameters.class_to_idx: a=a", "classes: b=b"])
}

@Test func whatIsNoListIsToldUnlessItIsANumber() throws {
  // {'classes': 10}: how many there are, as many scripts have it.
  let number = try lists("(dS'classes'\nI10\ns.")
  #expect(number.lists.isEmpty && number.others.isEmpty)
  for pickle in [
    "(dS'class_to_idx'\n(dS'dog'\nI2\nsS'cat'\nI0\nss.",  // A gap.
    "(dS'class_to_idx'\n(dS'dog'\nI0\nsS'cat'\nI0\nss.",  // A position twice.
    "(dS'class_to_idx'\n(lS'cat'\naS'cat'\nas.",  // A key twice.
    "(dS'class_to_idx'\n(ls.",  // None.
  ] {
    let found = try lists(pickle)
    #expect(found.lists.isEmpty && found.others == ["class_to_idx"], "\(pickle)")
  }
}
