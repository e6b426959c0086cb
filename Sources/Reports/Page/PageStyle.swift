// The page's style sheet: light and dark by the reader's choice, readable on paper and on a phone, nothing fetched.

enum PageStyle {
  static var css: Markup { "\(base)\n\(ReportPage.galleryStyle)\n\(ReportPage.mapStyle)\n\(dark)" }

  private static let base: Markup = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #222; --quiet: #555; --line: #ddd;
      --edge: #bbb; --link: #0b4f8a; --good: #0b5d3b; --bad: #9c2a00; }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 1320px; padding: 0 24px 48px; background: var(--paper);
      color: var(--ink); font: 15px/1.45 Helvetica, Arial, sans-serif; overflow-wrap: break-word; }
    h1 { font-size: 26px; margin: 28px 0 6px; }
    h2 { font-size: 20px; margin: 40px 0 8px; border-bottom: 1px solid var(--edge); padding-bottom: 4px; }
    h3 { font-size: 16px; margin: 24px 0 6px; }
    p { max-width: 90ch; margin: 6px 0; }
    nav ol { display: flex; flex-wrap: wrap; gap: 4px 34px; padding: 0 0 0 24px; }
    a { color: var(--link); }
    .note, figcaption, .rule { color: var(--quiet); font-size: 13px; }
    ul.note { padding-left: 18px; }
    .caption { margin-top: 16px; }
    .verdicts { columns: 2 44ch; column-gap: 34px; padding: 0; list-style: none; font-size: 13px; }
    .verdicts li { break-inside: avoid; margin: 0 0 5px; }
    .standouts li { max-width: 100ch; margin: 8px 0; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; margin: 12px 0; font-size: 13px; }
    caption { text-align: left; font-weight: 600; padding: 4px 0; }
    th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); }
    td { max-width: 52ch; }
    thead th { border-bottom: 1.5px solid var(--edge); vertical-align: bottom; }
    .number { text-align: right; font-variant-numeric: tabular-nums; }
    td.number { white-space: nowrap; }
    .claims td { max-width: 70ch; }
    .verdict .rule { font-weight: 400; white-space: normal; }
    .verdict { font-weight: 700; white-space: nowrap; }
    .holds { color: var(--good); } .fails { color: var(--bad); }
    .open { color: var(--quiet); font-weight: 400; }
    details { margin: 10px 0; border-left: 3px solid var(--line); padding-left: 12px; }
    summary { cursor: pointer; color: var(--link); }
    .figures { display: flex; flex-wrap: wrap; gap: 14px 16px; align-items: flex-start;
      margin: 10px 0 26px; }
    figure { margin: 0; max-width: 100%; break-inside: avoid; }
    .plot { overflow-x: auto; }
    .plot svg { display: block; max-width: 100%; height: auto; }
    figcaption { padding-left: 6px; }
    .save button { display: none; font: inherit; padding: 0; border: 0; background: none;
      color: var(--link); text-decoration: underline; cursor: pointer; }
    .scripted .save button { display: inline; }
    @media (max-width: 640px) {
      body { padding: 0 14px 32px; }
      .plot svg.broad { max-width: none; }
      .claims thead { display: none; }
      .claims, .claims tbody, .claims tr, .claims td { display: block; max-width: none; }
      .claims tr { border-bottom: 1px solid var(--edge); padding: 6px 0; }
      .claims td { border: 0; padding: 2px 0; }
    }
    @page { size: A4; margin: 12mm; }
    @media print {
      body { max-width: none; padding: 0; font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      nav, .save { display: none; } h2, h3, .caption { break-after: avoid; } tr { break-inside: avoid; }
      .wide, .plot { overflow: visible; }
      .plot svg.broad { max-width: 100%; }
      table { font-size: 9px; }
      th, td, td.number, .verdict { padding: 2px 5px 2px 0; white-space: normal; overflow-wrap: anywhere; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    }
    """

  /// Figures carry the light colours themselves, so that a saved one needs no page; here a dark page changes them.
  private static var dark: Markup {
    let inks = Canvas.darkInks.map { light, dark -> Markup in
      ".plot [fill=\"\(light)\"] { fill: \(dark); } .plot [stroke=\"\(light)\"] { stroke: \(dark); }"
    }.joined()
    return """
      @media screen and (prefers-color-scheme: dark) {
      :root { --paper: #16181c; --ink: #e4e4e4; --quiet: #a8a8a8; --line: #383c42; --edge: #5c6168;
        --link: #7db8f0; --good: #62d39a; --bad: #ff9a6b; }
      .plot .paper { fill: none; }
      \(inks)
      }
      """
  }
}
