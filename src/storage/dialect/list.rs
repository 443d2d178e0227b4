//! A whole list as one parameter: the statement is the same for every length, so it is prepared once, and no length is
//! too long. The list travels as JSON, which both databases unpack.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Text};
use diesel::sqlite::Sqlite;

use crate::storage::dialect::Database;

/// `expression IN (list)`.
#[derive(Debug, Clone, QueryId)]
pub(in crate::storage) struct InList<E> {
    expression: E,
    list: String,
}

/// `expression IN (values)`. An empty list matches nothing.
pub(in crate::storage) fn in_list<E, T: AsRef<str>>(expression: E, values: impl IntoIterator<Item = T>) -> InList<E> {
    InList { expression, list: json_list(values) }
}

impl<E, D> QueryFragment<D> for InList<E>
where
    D: ListSyntax,
    E: QueryFragment<D>,
    String: ToSql<Text, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        let [before, after] = out.backend().in_list();
        self.expression.walk_ast(out.reborrow())?;
        out.push_sql(before);
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql(after);
        Ok(())
    }
}

/// `expression LIKE` one of a list of patterns, `%` any run and `_` any one character, nothing escaped.
#[derive(Debug, Clone, QueryId)]
pub(in crate::storage) struct LikeAny<E> {
    expression: E,
    list: String,
}

/// `expression LIKE` one of the patterns.
pub(in crate::storage) fn like_any<E, T: AsRef<str>>(
    expression: E,
    patterns: impl IntoIterator<Item = T>,
) -> LikeAny<E> {
    LikeAny { expression, list: json_list(patterns) }
}

impl<E, D> QueryFragment<D> for LikeAny<E>
where
    D: ListSyntax,
    E: QueryFragment<D>,
    String: ToSql<Text, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        let [before, between, after] = out.backend().like_any();
        out.push_sql(before);
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql(between);
        self.expression.walk_ast(out.reborrow())?;
        out.push_sql(after);
        Ok(())
    }
}

/// How a database unpacks a list. The query builder asks for the parts of a query in either database or in both.
pub(in crate::storage) trait ListSyntax: Backend + HasSqlType<Text> {
    /// What stands before and after the list.
    fn in_list(&self) -> [&'static str; 2];

    /// What stands before the list, between it and the expression, and after that.
    fn like_any(&self) -> [&'static str; 3];
}

impl ListSyntax for Sqlite {
    fn in_list(&self) -> [&'static str; 2] {
        [" IN (SELECT value FROM json_each(", "))"]
    }

    fn like_any(&self) -> [&'static str; 3] {
        ["EXISTS (SELECT 1 FROM json_each(", ") WHERE ", " LIKE value)"]
    }
}

impl ListSyntax for Pg {
    /// The array is made once, before the index is asked for its elements.
    fn in_list(&self) -> [&'static str; 2] {
        [" = ANY(ARRAY(SELECT json_array_elements_text(CAST(", " AS json))))"]
    }

    /// Without the last clause a backslash would escape.
    fn like_any(&self) -> [&'static str; 3] {
        [
            "EXISTS (SELECT 1 FROM json_array_elements_text(CAST(",
            " AS json)) AS pattern (value) WHERE ",
            " LIKE pattern.value ESCAPE '')",
        ]
    }
}

impl ListSyntax for Database {
    fn in_list(&self) -> [&'static str; 2] {
        match self {
            Self::Sqlite(database) => database.in_list(),
            Self::Pg(database) => database.in_list(),
        }
    }

    fn like_any(&self) -> [&'static str; 3] {
        match self {
            Self::Sqlite(database) => database.like_any(),
            Self::Pg(database) => database.like_any(),
        }
    }
}

/// Both are conditions like any other.
macro_rules! condition {
    ($name:ident) => {
        impl<E: Expression> Expression for $name<E> {
            type SqlType = Bool;
        }

        impl<E: ValidGrouping<G>, G> ValidGrouping<G> for $name<E> {
            type IsAggregate = is_aggregate::No;
        }

        impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for $name<E> {}

        impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for $name<E> {}
    };
}
condition!(InList);
condition!(LikeAny);

pub(in crate::storage) fn json_list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut list = String::from("[");
    for value in values {
        if list.len() > 1 {
            list.push(',');
        }
        push_json(&mut list, value.as_ref());
    }
    list.push(']');
    list
}

fn push_json(out: &mut String, text: &str) {
    out.push('"');
    // What is listed is mostly identifiers: nothing to escape in them.
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push_str(text);
    } else {
        for character in text.chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                control if control < ' ' => out.push_str(&json_escape(control)),
                other => out.push(other),
            }
        }
    }
    out.push('"');
}

fn json_escape(control: char) -> String {
    format!("\\u{:04x}", u32::from(control))
}

#[cfg(test)]
mod tests {
    use crate::storage::dialect::list::json_list;

    #[test]
    fn a_list_is_written_as_one_json_parameter() {
        let list = |values: &[&str]| json_list(values);
        assert_eq!(list(&[]), "[]");
        assert_eq!(list(&["a", "b"]), r#"["a","b"]"#);
        assert_eq!(list(&["l'\"é\\\u{1}"]), r#"["l'\"é\\\u0001"]"#);
    }
}
