//! Reads the table of the header. Its notation is told at its head.

use crate::cda::rule::data_type::DataType;
use crate::cda::rule::header::special::Special;
use crate::cda::rule::header::table::{Condition, Count, Demand, Entry, Step, Syntax, Table};
use crate::xml::namespace::{DICOM_PS3_20, HL7V3, IHE_LAB, SDTC};

/// The table.
pub(super) const TEXT: &str = include_str!("header.rules");

/// A line that is not of the notation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(super) struct Fault {
    line: usize,
    what: &'static str,
}

/// One line, without its indentation.
#[derive(Clone, Copy)]
struct Line {
    number: usize,
    depth: usize,
    text: &'static str,
}

/// The ids that a fragment counts from.
#[derive(Clone, Copy, Default)]
struct Base {
    context: Option<u16>,
    closed: Option<u16>,
}

struct Reader {
    lines: Vec<Line>,
    /// Where the lines of a fragment begin and end.
    fragments: Vec<(&'static str, usize, usize)>,
    table: Table,
}

/// Reads a table.
///
/// # Errors
/// The first line that is not of the notation.
pub(super) fn read(text: &'static str) -> Result<Table, Fault> {
    let mut reader = Reader { lines: Vec::new(), fragments: Vec::new(), table: Table::default() };
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let at = reader.lines.len();
        if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            reader.fragments.push((name, at, at));
        } else {
            reader.lines.push(Line { number, depth: (line.len() - content.len()) / 2, text: content });
            if let Some((_, _, end)) = reader.fragments.last_mut() {
                *end = at + 1;
            }
        }
    }
    let end = reader.fragments.first().map_or(reader.lines.len(), |(_, from, _)| *from);
    reader.block(0, end, Base::default(), None)?;
    reader.resolve_choices();
    Ok(reader.table)
}

impl Reader {
    /// Reads lines; the outermost of them hang below a parent.
    fn block(&mut self, from: usize, end: usize, base: Base, parent: Option<usize>) -> Result<(), Fault> {
        // The last element of each depth.
        let mut above: Vec<Option<usize>> = vec![parent];
        for line in self.lines.get(from..end).unwrap_or(&[]).to_vec() {
            above.truncate(line.depth + 1);
            let fault = |what| Fault { line: line.number, what };
            let Some(parent) = above.last().copied().filter(|_| above.len() == line.depth + 1) else {
                return Err(fault("deeper than the line above allows"));
            };
            if let Some(rest) = line.text.strip_prefix('&') {
                self.fragment(rest, parent).map_err(fault)?;
            } else {
                let entry = entry(line.text, base, parent).map_err(fault)?;
                above.push(Some(self.put(entry)));
            }
        }
        Ok(())
    }

    fn put(&mut self, entry: Entry) -> usize {
        let at = self.table.0.len();
        if let Some(parent) = entry.parent.and_then(|parent| self.table.0.get_mut(parent)) {
            parent.children.push(at);
        }
        self.table.0.push(entry);
        at
    }

    /// `address SM018+SW004 *`: the count is for the outermost lines.
    fn fragment(&mut self, text: &'static str, parent: Option<usize>) -> Result<(), &'static str> {
        let mut words = text.split(' ');
        let (Some(name), Some(ids), Some(number)) = (words.next(), words.next(), words.next()) else {
            return Err("a fragment has ids and a number");
        };
        let known = self.fragments.iter().find(|(known, ..)| *known == name).copied();
        let (_, from, end) = known.ok_or("no such fragment")?;
        let count = count(number).ok_or("a number reads 0..1, 1..* or *")?;
        let (context, closed) = ids_of(ids, Base::default()).ok_or("ids read SM018+SW004")?;
        let before = self.table.0.len();
        self.block(from, end, Base { context, closed }, parent).map_err(|fault| fault.what)?;
        for entry in self.table.0.iter_mut().skip(before).filter(|entry| entry.parent == parent) {
            entry.count = count;
        }
        Ok(())
    }

    /// The alternatives of a choice are children that stand further down.
    fn resolve_choices(&mut self) {
        let mut found = Vec::new();
        for (at, entry) in self.table.all() {
            for (number, demand) in entry.demands.iter().enumerate() {
                let Demand::Choice { written, .. } = demand else { continue };
                let is_meant = |child: &&usize| {
                    let step = self.table.get(**child).map(|child| child.step.written);
                    written.split('|').any(|alternative| step == Some(alternative))
                };
                let places: Vec<usize> = entry.children.iter().filter(is_meant).copied().collect();
                found.push((at, number, places));
            }
        }
        for (at, number, places) in found {
            if let Some(Demand::Choice { of, .. }) =
                self.table.0.get_mut(at).and_then(|entry| entry.demands.get_mut(number))
            {
                *of = places;
            }
        }
    }
}

fn entry(text: &'static str, base: Base, parent: Option<usize>) -> Result<Entry, &'static str> {
    let mut words = text.split(' ');
    let (Some(ids), Some(number), Some(written)) = (words.next(), words.next(), words.next()) else {
        return Err("a line has ids, a number and an element");
    };
    let (context, closed) = ids_of(ids, base).ok_or("ids read SM018+SW004, SM018, SW004 or -")?;
    let count = count(number).ok_or("a number reads 0..1, 1..* or *")?;
    let step = step(written).ok_or("an element is a name with conditions")?;
    let mut entry =
        Entry { context, closed, step, count, data_type: None, demands: Vec::new(), parent, children: Vec::new() };
    for word in words {
        match word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            Some(name) => entry.data_type = Some(DataType::named(name).ok_or("no such data type")?),
            None => entry.demands.push(demand(word).ok_or("no such demand")?),
        }
    }
    Ok(entry)
}

/// `SM018+SW004`, `SM018`, `SW004`, `-`; in a fragment `SM+1+SW+0`.
fn ids_of(text: &str, base: Base) -> Option<(Option<u16>, Option<u16>)> {
    let (mut context, mut closed) = (None, None);
    if text == "-" {
        return Some((None, None));
    }
    let (first, second) = match text.split_once("+SW") {
        Some((first, second)) => (first, Some(second)),
        None => match text.strip_prefix("SW") {
            Some(only) => ("", Some(only)),
            None => (text, None),
        },
    };
    let number = |text: &str, base: Option<u16>| match text.strip_prefix('+') {
        Some(more) => more.parse::<u16>().ok().map(|more| base.map(|base| base + more)),
        None => text.parse().ok().map(Some),
    };
    if !first.is_empty() {
        context = number(first.strip_prefix("SM")?, base.context)?;
    }
    if let Some(second) = second {
        closed = number(second, base.closed)?;
    }
    Some((context, closed))
}

fn count(text: &str) -> Option<Count> {
    if text == "*" {
        return Some(Count::ANY);
    }
    let (least, most) = text.split_once("..")?;
    let most = if most == "*" { u16::MAX } else { most.parse().ok()? };
    Some(Count { least: least.parse().ok()?, most })
}

/// A name, `!`, and conditions in brackets.
fn step(written: &'static str) -> Option<Step> {
    let end = written.find(['!', '[']).unwrap_or(written.len());
    let (name, rest) = written.split_at(end);
    let (namespace, local) = match name.split_once(':') {
        Some(("sdtc", local)) => (SDTC, local),
        Some(("lab", local)) => (IHE_LAB, local),
        Some(("ps3-20", local)) => (DICOM_PS3_20, local),
        Some(_) => return None,
        None => (HL7V3, name),
    };
    let mut conditions = Vec::new();
    let rest = match rest.strip_prefix('!') {
        Some(rest) => {
            conditions.push(Condition::NotNull);
            rest
        }
        None => rest,
    };
    for bracket in brackets(rest)? {
        conditions.push(condition(bracket)?);
    }
    (!local.is_empty()).then_some(Step { written, namespace, local, conditions })
}

/// The contents of brackets that follow one another.
fn brackets(text: &'static str) -> Option<Vec<&'static str>> {
    let (mut found, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, sign) in text.char_indices() {
        match sign {
            '[' => {
                if depth == 0 {
                    from = at + 1;
                }
                depth += 1;
            }
            ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    found.push(text.get(from..at)?);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    (depth == 0).then_some(found)
}

fn condition(text: &'static str) -> Option<Condition> {
    if let Some(rest) = text.strip_prefix('@') {
        if let Some((attribute, values)) = rest.split_once("/=") {
            return Some(Condition::IsNone { attribute, values: values.split(',').collect() });
        }
        return Some(match rest.split_once('=') {
            Some((attribute, value)) => {
                let plain = value.strip_suffix("|null");
                Condition::Is { attribute, value: plain.unwrap_or(value), or_null: plain.is_some() }
            }
            None => Condition::Has(rest),
        });
    }
    if let Some(local) = text.strip_prefix('-') {
        return Some(Condition::HoldsNo(local));
    }
    if text.starts_with('J') {
        return Some(Condition::In(text));
    }
    step(text).map(Condition::Holds)
}

fn demand(word: &'static str) -> Option<Demand> {
    if let Some(name) = word.strip_prefix("rule:") {
        return Special::named(name).map(Demand::Special);
    }
    if let Some(path) = word.strip_prefix("names:") {
        return Some(Demand::Names(path));
    }
    if let Some(rest) = word.strip_prefix("choice:") {
        let (written, number) = rest.rsplit_once(':')?;
        return Some(Demand::Choice { of: Vec::new(), written, count: count(number)? });
    }
    let rest = word.strip_prefix('@')?;
    let end = rest.find(['!', '?', '=', '{', ':'])?;
    let (attribute, rest) = rest.split_at(end);
    if rest == "!" {
        return Some(Demand::Required(attribute));
    }
    if let Some(rest) = rest.strip_prefix(':') {
        return Some(match syntax(rest) {
            Some(syntax) => Demand::Reads(attribute, syntax),
            None => Demand::Member { attribute, sets: rest.split(',').collect() },
        });
    }
    let (if_there, rest) = rest.strip_prefix('?').map_or((false, rest), |rest| (true, rest));
    if let Some(values) = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Some(Demand::OneOf { attribute, values: values.split(',').collect(), if_there });
    }
    let value = rest.strip_prefix('=')?;
    if if_there {
        return Some(Demand::FixedIfThere { attribute, value });
    }
    let plain = value.strip_suffix("|null");
    Some(Demand::Fixed { attribute, value: plain.unwrap_or(value), or_null: plain.is_some() })
}

fn syntax(word: &str) -> Option<Syntax> {
    Some(match word {
        "uid" => Syntax::Uid,
        "oid" => Syntax::Oid,
        "st" => Syntax::St,
        "cs" => Syntax::Cs,
        "ts" => Syntax::Ts,
        "int" => Syntax::Int,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Fault, TEXT, read};

    #[test]
    fn the_table_of_the_build_is_read_to_the_last_line() {
        let table = read(TEXT).unwrap();
        let mut contexts: Vec<u16> = table.all().filter_map(|(_, entry)| entry.context).collect();
        contexts.sort_unstable();
        assert_eq!(contexts, (1..=617).collect::<Vec<_>>());
        let mut closed: Vec<u16> = table.all().filter_map(|(_, entry)| entry.closed).collect();
        closed.sort_unstable();
        assert_eq!(closed, (1..=148).collect::<Vec<_>>());
    }

    #[test]
    fn a_choice_knows_its_alternatives() {
        use crate::cda::rule::header::table::Demand;
        let table = read(TEXT).unwrap();
        let mut choices = Vec::new();
        for demand in table.all().flat_map(|(_, entry)| &entry.demands) {
            if let Demand::Choice { of, written, .. } = demand {
                choices.push((of.len(), written.split('|').count()));
            }
        }
        assert_eq!(choices, vec![(2, 2); 6]);
    }

    #[test]
    fn what_is_not_of_the_notation_is_told_with_its_line() {
        let what = |text: &'static str| read(text).unwrap_err();
        assert_eq!(what("SM001 * a\n    - * b\n"), Fault { line: 2, what: "deeper than the line above allows" });
        assert_eq!(what("XX001 * a\n").line, 1);
        assert_eq!(what("SM001 many a\n").line, 1);
        assert_eq!(what("SM001 * a[b\n").line, 1);
        assert_eq!(what("SM001 * a <ZZ>\n").what, "no such data type");
        assert_eq!(what("SM001 * a rule:none\n").what, "no such demand");
        assert_eq!(what("SM001 * a\n  &none SM002 *\n").what, "no such fragment");
    }
}
