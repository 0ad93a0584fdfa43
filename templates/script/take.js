// What a reader takes away: texts for the clipboard, files.

// A button that copies a text; `text` is a function, asked when it is pressed.
function copyButton(label, text) {
  const button = make("button", { type: "button", text: label, on: { click: () => copy(text(), button, label) } });
  return button;
}

// Copies a text and says so on the button. Where the browser refuses, the text is shown, selected.
function copy(text, button, label) {
  const done = (said) => {
    button.textContent = said;
    announce(said);
    setTimeout(() => { button.textContent = label; }, 2000);
  };
  const refused = () => {
    const area = make("textarea", { rows: 6, readonly: true, "aria-label": `${label}: press Ctrl+C` });
    area.value = text;
    area.addEventListener("blur", () => area.remove());
    button.after(area);
    area.select();
    done("Press Ctrl+C");
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => done("Copied"), refused);
  else refused();
}

// Hands a text to the reader as a file.
function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { download: name });
  link.href = url;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// Longest cell in UTF-16 units; spreadsheets cut at 32,767 without a word.
const LONGEST_CELL = 32700;

// What a spreadsheet would run, were it the first thing in a cell; blanks before it may be dropped by whoever reads.
const RUNS = /^(?:[\s\u0085\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/;

// A cell of a CSV file, made harmless and quoted as the program itself does it.
function csvCell(text) {
  let cell = text;
  if (text.length > LONGEST_CELL) {
    const mark = `… [cut: ${Array.from(text).length} characters in all]`;
    cell = cell.slice(0, LONGEST_CELL - mark.length).replace(/[\ud800-\udbff]$/, "") + mark;
  }
  if (RUNS.test(text)) cell = `'${cell}`;
  return /[",\n\r]|^ | $/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

// Rows of a block as the CSV file that they come from.
function csvOf(block, names, rows) {
  const lines = [names.join(",")];
  for (const row of rows) lines.push(names.map((name) => csvCell(block.text(name, row))).join(","));
  return `${lines.join("\n")}\n`;
}

// The address of this file with another place in it.
function linkTo(address) {
  return location.href.replace(/#.*$/s, "") + writeAddress(address);
}

// A finding as the text of a ticket. What is hidden in names is shown, as everywhere.
function ticketOf(finding, link) {
  const facts = finding.facts.slice(0, 50).map((fact) => `- ${fact}`);
  if (finding.facts.length > facts.length) facts.push(`- and ${finding.facts.length - facts.length} more, all in findings.json`);
  const parts = [
    `[${finding.severity.toUpperCase()}] ${finding.title}`,
    `Org: ${finding.org || "no single org"}\nAbout: ${finding.subject_kind} ${finding.subject_name}${finding.subject_id ? ` (${finding.subject_id})` : ""}\nCheck: ${finding.check}\nFinding: ${finding.finding_id}, ${finding.status}, first seen ${finding.first_seen}`,
    finding.detail && `What was seen\n${finding.detail}`,
    facts.length && `Evidence\n${facts.join("\n")}`,
    finding.why && `Why it matters\n${finding.why}`,
    finding.fix && `What to do\n${finding.fix}`,
    `Link\n${link}`,
  ];
  return `${visible(parts.filter(Boolean).join("\n\n"))}\n`;
}

// An entry for the waiver file. Reason and owner are left blank on purpose: the file is refused until somebody decides.
function waiverOf(finding, asOf) {
  const until = new Date(Date.parse(asOf) + 90 * 86400000).toISOString().slice(0, 10);
  return `# ${visible(finding.title).replace(/\s+/g, " ")}\n[[waiver]]\nfinding = "${finding.finding_id}"\nreason = ""\nowner = ""\nexpires = ${until}\n`;
}

// The command that writes such an entry.
function waiveCommandOf(finding) {
  return `rolecall waive ${finding.finding_id} --config <configuration> --until <day> --reason <why> --owner <who answers for it>`;
}
