/**
 * What the chart and the report show, from the table of support_table.py. All lists run parallel to `years`.
 *
 * - `gained[browser]`: how many features the browser gained in the year, for every browser of the table
 * - `newly`: how many became available in all of `main`, in the year in which the last of them gained it
 * - `available`: how many were available in all of them at the end of the year
 * - `newlyByArea[area]`: `newly`, by the first part of the feature's name
 */
export function summarize(table, main) {
  const everyDate = Object.values(table.browsers).flatMap(({ date }) => date.filter((day) => day !== null));
  const years = yearsBetween(everyDate);
  const columns = main.map((browser) => table.browsers[browser].date);
  const completed = table.features.map((_, row) => lastOf(columns.map((dates) => dates[row])));
  const newly = countByYear(completed, years);
  return {
    main,
    years,
    gained: mapValues(table.browsers, ({ date }) => countByYear(date, years)),
    newly,
    available: runningTotal(newly),
    newlyByArea: mapValues(datesByArea(table.features, completed), (dates) => countByYear(dates, years)),
  };
}

const yearOf = (date) => Number(date.slice(0, 4));

function yearsBetween(dates) {
  const found = new Set(dates.map(yearOf));
  const first = Math.min(...found);
  return Array.from({ length: Math.max(...found) - first + 1 }, (_, n) => first + n);
}

/** Dates are ISO 8601, so the greatest text is the last day; null as soon as one is missing. */
const lastOf = (dates) => (dates.includes(null) ? null : dates.toSorted().at(-1));

function countByYear(dates, years) {
  const counts = years.map(() => 0);
  for (const date of dates) if (date !== null) counts[yearOf(date) - years[0]]++;
  return counts;
}

export function runningTotal(counts) {
  let total = 0;
  return counts.map((count) => (total += count));
}

function datesByArea(features, completed) {
  const areas = {};
  for (const [row, name] of features.entries()) {
    const area = name.slice(0, name.indexOf('.'));
    areas[area] ??= [];
    areas[area].push(completed[row]);
  }
  return areas;
}

const mapValues = (object, map) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
