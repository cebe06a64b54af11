// Reads b:<n> and writes c:<n>.
const [file, parts, modulePath] = process.argv.slice(2);
const database = require(modulePath)(file);
database.pragma('synchronous = off');
database.pragma('journal_mode = off');
for (let n = 0; n < Number(parts); n++) {
  const { value } = database.prepare('select value from v where key = ?').get(`b:${n}`);
  database.prepare('insert into v values (?, ?)').run(`c:${n}`, value);
}
