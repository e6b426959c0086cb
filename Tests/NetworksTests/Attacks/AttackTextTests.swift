import Networks
import Testing

struct AttackTextTests {
  @Test(arguments: [
    "pgd:eps=8/255,step=2/255,steps=20,restarts=1,norm=l2,start=zero,target=3,seed=7",
    "pgd:eps=8/255,step=2/255,steps=20,restarts=1", "pgd:eps=0,step=0,steps=1,restarts=5,seed=9",
    "pgd:eps=0.03,step=1.5/255,steps=7,restarts=1,start=zero", "fgsm:eps=8/255",
    "fgsm:eps=0.5,norm=l2,target=0", "odin:eps=0.0014,T=1000", "odin:eps=1/255,T=0.5",
  ])
  func canonicalTextsComeBackUnchanged(text: String) throws {
    let attack = try Attack(parsing: text)
    #expect(attack.description == text)
    #expect(try Attack(parsing: attack.description) == attack)
  }

  @Test(arguments: [
    ("pgd", "pgd:eps=8/255,step=2/255,steps=20,restarts=1"),
    ("pgd:norm=l2", "pgd:eps=0.5,step=0.1,steps=20,restarts=1,norm=l2"),
    ("pgd:seed=0,start=random,norm=linf", "pgd:eps=8/255,step=2/255,steps=20,restarts=1"),
    ("pgd:steps=5,eps=04.0/255.0", "pgd:eps=4/255,step=2/255,steps=5,restarts=1"),
    ("fgsm", "fgsm:eps=8/255"), ("odin", "odin:eps=0.0014,T=1000"),
    ("odin:T=1e3,eps=0.00140", "odin:eps=0.0014,T=1000"), ("fgsm:norm=l2", "fgsm:eps=0.5,norm=l2"),
    ("pgd:eps=3/255,step=3/255,steps=1,start=zero", "fgsm:eps=3/255"),
  ])
  func othersBecomeCanonical(text: String, canonical: String) throws {
    #expect(try Attack(parsing: text).description == canonical)
  }

  @Test func theFastGradientSignMethodIsOneStepFromTheImage() throws {
    let attack = try Attack(parsing: "fgsm:eps=4/255")
    #expect(attack.steps == 1 && attack.restarts == 1 && attack.start == .zero)
    #expect(attack.step == attack.epsilon)
    #expect(attack == (try Attack.fastGradientSign(epsilon: Fraction(4, over: 255))))
  }

  @Test(arguments: [
    ("cw:eps=1", "Unknown attack \"cw\"; known are: pgd, fgsm, odin."),
    (
      "pgd:alpha=1",
      "attack pgd: unknown option \"alpha\"; known are: eps, step, steps, restarts, norm, start, "
        + "target, seed."
    ),
    ("odin:steps=2", "attack odin: unknown option \"steps\"; known are: eps, T."),
    ("odin:T=1/2", "attack: expected T as a number such as 1000, found \"1/2\"."),
    ("odin:T=0", "attack: expected T from 0.001 to 1000000000, found 0."),
    ("odin:T=nan", "attack: expected T as a number such as 1000, found \"nan\"."),
    (
      "odin:eps=2", "attack: expected eps from 0 to 1 (pixels are in [0, 1]: 8/255), found 2."
    ),
    ("fgsm:steps=2", "attack fgsm: unknown option \"steps\"; known are: eps, norm, target."),
    (
      "pgd:",
      "attack pgd: unknown option \"\"; known are: eps, step, steps, restarts, norm, "
        + "start, target, seed."
    ),
    ("pgd:eps", "attack: expected eps with a value, as in eps=…, found none."),
    ("pgd:eps=1/255,eps=2/255", "attack: expected eps once, found it twice."),
    ("pgd:eps=nan", "attack: expected eps as a number such as 8/255 or 0.5, found \"nan\"."),
    ("pgd:eps=1/0", "attack: expected eps as a number such as 8/255 or 0.5, found \"1/0\"."),
    ("pgd:step=", "attack: expected step as a number such as 8/255 or 0.5, found \"\"."),
    ("pgd:steps=1.5", "attack: expected steps as a whole number, found \"1.5\"."),
    ("pgd:norm=l1", "attack: expected norm as one of linf, l2, found \"l1\"."),
    ("pgd:start=one", "attack: expected start as one of random, zero, found \"one\"."),
    (
      "pgd:eps=8", "attack: expected eps from 0 to 1 (pixels are in [0, 1]: 8/255), found 8."
    ),
    (
      "pgd:eps=-1/255",
      "attack: expected eps from 0 to 1 (pixels are in [0, 1]: 8/255), found -1/255."
    ),
    (
      "pgd:step=1e9,norm=l2",
      "attack: expected step from 0 to 1000 (pixels are in [0, 1]: 8/255), found 1000000000."
    ),
    ("pgd:steps=0", "attack: expected steps from 1 to 10000, found 0."),
    ("pgd:steps=1000000", "attack: expected steps from 1 to 10000, found 1000000."),
    ("pgd:restarts=0", "attack: expected restarts from 1 to 1000, found 0."),
    (
      "pgd:restarts=2,start=zero",
      "attack: expected restarts to be 1 with start=zero, where all would be the same, found 2."
    ),
    ("pgd:target=-1", "attack: expected target to be a class position from 0, found -1."),
    ("pgd:seed=-1", "attack: expected seed as a whole number, found \"-1\"."),
  ])
  func refusesWithOneSentence(text: String, message: String) {
    #expect(throws: NetworkError(message)) { try Attack(parsing: text) }
  }

  @Test func distancesScaleExactly() {
    for whole in 0...255 { #expect(Fraction(Double(whole), over: 255).times(255) == Double(whole)) }
    #expect(Fraction(parsing: "8/255")?.value == 8.0 / 255)
    #expect(Fraction(parsing: "1/2/3") == nil && Fraction(parsing: "0x1p3") == nil)
  }
}
