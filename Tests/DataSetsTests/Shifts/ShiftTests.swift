// Which shift a text means, and what is said of a wrong one.

import DataSets
import FoundationEssentials
import Testing

private let severities = (1...5).flatMap { severity in
  ["gaussian-noise", "blur", "contrast", "brightness", "pixelate", "jpeg"].map {
    "\($0):\(severity)"
  }
}

@Test(
  arguments: severities + [
    "gaussian-noise:3,seed=7", "sign-noise:eps=8/255", "sign-noise:eps=8/255,seed=2",
    "sign-noise:eps=0/255", "sign-noise:eps=0.01", "gaussian-noise:1,seed=18446744073709551615",
  ])
func canonicalTextsComeBack(text: String) throws {
  let shift = try Shift(parsing: text)
  #expect(shift.description == text)
  #expect(try Shift(parsing: shift.description) == shift)
}

@Test(arguments: [
  ("gaussian-noise:3,seed=0", "gaussian-noise:3"), ("blur:03", "blur:3"),
  ("sign-noise:eps=1", "sign-noise:eps=255/255"), ("sign-noise:eps=0.2", "sign-noise:eps=51/255"),
  ("sign-noise:eps=1/100", "sign-noise:eps=0.01"),
  ("sign-noise:eps=16/510,seed=00", "sign-noise:eps=8/255"),
])
func equalShiftsHaveOneText(text: String, canonical: String) throws {
  let shift = try Shift(parsing: text)
  #expect(shift.description == canonical)
  #expect(try shift == Shift(parsing: canonical))
}

@Test func partsAreTold() throws {
  let noise = try Shift(parsing: "gaussian-noise:3,seed=7")
  #expect(noise.kind == .gaussianNoise)
  #expect(noise.seed == 7)
  #expect(noise.kind.isRandom)
  #expect(try !Shift(parsing: "blur:1").kind.isRandom)
}

@Test func shiftsAreKeptAsJSON() throws {
  let shift = try Shift(parsing: "gaussian-noise:3,seed=7")
  let data = try JSONEncoder().encode([shift])
  #expect(String(decoding: data, as: UTF8.self) == #"["gaussian-noise:3,seed=7"]"#)
  #expect(try JSONDecoder().decode([Shift].self, from: data) == [shift])
}

@Test(arguments: [
  (
    "blurr:3",
    "no shift 'blurr'; did you mean 'blur'? (known: gaussian-noise, blur, contrast, brightness, "
      + "pixelate, jpeg, sign-noise)"
  ),
  (
    "fog:3",
    "no shift 'fog'; known: gaussian-noise, blur, contrast, brightness, pixelate, jpeg, sign-noise"
  ),
  ("blur:6", "expected a severity 1, 2, 3, 4 or 5, such as blur:3, found '6'"),
  ("blur", "expected a severity 1, 2, 3, 4 or 5, such as blur:3, found none"),
  ("jpeg:1.5", "expected a severity 1, 2, 3, 4 or 5, such as jpeg:3, found '1.5'"),
  (
    "blur:3,seed=7",
    "expected nothing behind the severity, as blur is not random, found 'seed=7'"
  ),
  ("gaussian-noise:3,7", "expected seed=N with N from 0 and nothing else, found '7'"),
  ("gaussian-noise:3,seed=-1", "expected seed=N with N from 0 and nothing else, found 'seed=-1'"),
  (
    "gaussian-noise:3,seed=1,seed=2",
    "expected seed=N with N from 0 and nothing else, found 'seed=1,seed=2'"
  ),
  (
    "sign-noise:3",
    "expected eps=E with E from 0 to 1, such as sign-noise:eps=8/255, found '3'"
  ),
  (
    "sign-noise:eps=8",
    "expected eps=E with E from 0 to 1, such as sign-noise:eps=8/255, found 'eps=8'"
  ),
])
func wrongShiftsAreSaidInOneLine(text: String, message: String) {
  do {
    _ = try Shift(parsing: text)
    Issue.record("'\(text)' is a shift.")
  } catch {
    #expect(error.description == "shift '\(text)': \(message)")
  }
}

@Test(arguments: ["", ":3", "sign-noise:eps=", "sign-noise:eps=nan", "sign-noise:eps=1/0", "blur:"])
func nonsenseIsNoShift(text: String) {
  #expect(throws: DataSetError.self) { try Shift(parsing: text) }
}
