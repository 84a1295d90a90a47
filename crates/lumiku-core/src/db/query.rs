//! Reading and writing with raw portable SQL.

use std::future::Future;

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, TryGetable, Value};

use super::{Db, DbError, Tx};

/// Anything SQL can be run on: the database itself (reads only) or an open transaction.
pub trait Query: Sync {
    #[doc(hidden)]
    type Connection: ConnectionTrait;
    #[doc(hidden)]
    fn connection(&self) -> &Self::Connection;

    /// Every row, decoded by column name.
    fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>, DbError>> + Send {
        let connection = self.connection();
        let statement = statement(connection, sql, values);
        async move {
            let rows = connection.query_all_raw(statement).await?;
            rows.iter().map(|row| Ok(T::from_query_result(row, "")?)).collect()
        }
    }

    /// The first row, if there is one.
    fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>, DbError>> + Send {
        let connection = self.connection();
        let statement = statement(connection, sql, values);
        async move {
            let row = connection.query_one_raw(statement).await?;
            Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
        }
    }

    /// The first column of the first row, if there is one.
    fn scalar<T: TryGetable>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>, DbError>> + Send {
        let connection = self.connection();
        let statement = statement(connection, sql, values);
        async move {
            let row = connection.query_one_raw(statement).await?;
            Ok(row.map(|row| row.try_get_by_index::<T>(0)).transpose()?)
        }
    }
}

impl Query for Db {
    type Connection = sea_orm::DatabaseConnection;
    fn connection(&self) -> &Self::Connection {
        &self.0.reader
    }
}

impl Query for Tx {
    type Connection = sea_orm::DatabaseTransaction;
    fn connection(&self) -> &Self::Connection {
        &self.0
    }
}

impl Tx {
    /// Runs a statement and tells how many rows it changed.
    pub async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
        let result = self.0.execute_raw(statement(&self.0, sql, values)).await?;
        Ok(result.rows_affected())
    }
}

fn statement(connection: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}
