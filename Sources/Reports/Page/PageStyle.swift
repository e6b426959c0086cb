// The page's style sheet: light, readable on paper, nothing fetched.

enum PageStyle {
  static let css: Markup = """
    body { margin: 0 auto; max-width: 1320px; padding: 0 24px 48px; background: #fff; color: #222;
      font: 15px/1.45 Helvetica, Arial, sans-serif; }
    h1 { font-size: 26px; margin: 28px 0 6px; }
    h2 { font-size: 20px; margin: 40px 0 8px; border-bottom: 1px solid #bbb; padding-bottom: 4px; }
    h3 { font-size: 16px; margin: 24px 0 6px; }
    p { max-width: 90ch; margin: 6px 0; }
    nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; }
    a { color: #0b4f8a; }
    .note, figcaption, .rule { color: #555; font-size: 13px; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; margin: 12px 0; font-size: 13px; }
    caption { text-align: left; font-weight: 600; padding: 4px 0; }
    th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid #ddd; }
    td { overflow-wrap: break-word; max-width: 52ch; }
    thead th { border-bottom: 1.5px solid #777; }
    .number { text-align: right; font-variant-numeric: tabular-nums; }
    td.number { white-space: nowrap; }
    .claims td { max-width: 70ch; }
    .verdict .rule { font-weight: 400; white-space: normal; }
    .verdict { font-weight: 700; white-space: nowrap; }
    .holds { color: #0b5d3b; } .fails { color: #9c2a00; } .open { color: #555; font-weight: 400; }
    .figures { display: flex; flex-wrap: wrap; gap: 14px 16px; align-items: flex-start;
      margin: 10px 0 26px; }
    figure { margin: 0; max-width: 100%; break-inside: avoid; }
    figure svg { display: block; max-width: 100%; height: auto; }
    @media print {
      body { max-width: none; padding: 0; font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      nav { display: none; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; }
    }
    """
}
