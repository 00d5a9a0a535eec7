//! Sites, and what people call things.

use std::collections::BTreeMap;

use domain::SiteId;
use domain::config::SiteConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::fault::Fault;
use crate::source::Name;

/// A site's number in the file, given to it if it has none.
pub fn site_number(tx: &Transaction<'_>, site: SiteId) -> rusqlite::Result<i64> {
    if let Some(number) = known(tx, site)? {
        return Ok(number);
    }
    tx.prepare_cached("INSERT INTO site (site) VALUES (?1) RETURNING id")?.query_row([site.as_str()], |row| row.get(0))
}

/// A site's number in the file.
pub fn known(db: &Connection, site: SiteId) -> rusqlite::Result<Option<i64>> {
    let mut select = db.prepare_cached("SELECT id FROM site WHERE site = ?1")?;
    select.query_row([site.as_str()], |row| row.get(0)).optional()
}

/// The site of a number.
pub fn site_of(db: &Connection, number: i64) -> Result<SiteId, Fault> {
    let mut select = db.prepare_cached("SELECT site FROM site WHERE id = ?1")?;
    let id: Option<String> = select.query_row([number], |row| row.get(0)).optional()?;
    let site = id.and_then(|id| SiteId::new(&id).ok());
    site.ok_or_else(|| Fault::Damaged(format!("table site, {number}")))
}

/// All sites with their numbers, in the order of their ids.
pub fn sites(db: &Connection) -> Result<Vec<(SiteId, i64)>, Fault> {
    let mut select = db.prepare_cached("SELECT id, site FROM site ORDER BY site")?;
    let mut rows = select.query([])?;
    let mut sites = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, id): (i64, String) = (row.get(0)?, row.get(1)?);
        sites.push((SiteId::new(&id).map_err(|_| Fault::Damaged(format!("table site, {number}")))?, number));
    }
    Ok(sites)
}

/// The names of a site's things.
pub fn read(db: &Connection, site: SiteId) -> rusqlite::Result<Vec<Name>> {
    let sql = "SELECT kind, name.id, name FROM name JOIN site ON name.site = site.id WHERE site.site = ?1
               ORDER BY kind, name.id";
    let get = |row: &rusqlite::Row<'_>| Ok(Name { kind: row.get(0)?, id: row.get(1)?, name: row.get(2)? });
    db.prepare_cached(sql)?.query_map([site.as_str()], get)?.collect()
}

/// Takes over the names of a configuration; whether one of them is new.
pub fn write(tx: &Transaction<'_>, config: &SiteConfig) -> rusqlite::Result<bool> {
    let number = site_number(tx, config.site)?;
    let sql = "INSERT INTO name (site, kind, id, name) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET name = excluded.name WHERE name <> excluded.name";
    let mut put = tx.prepare_cached(sql)?;
    let mut new = false;
    for ((kind, id), name) in of(config) {
        new |= put.execute(params![number, kind, id, name])? > 0;
    }
    Ok(new)
}

fn of(config: &SiteConfig) -> BTreeMap<(&'static str, &str), &str> {
    let mut all = BTreeMap::from([(("site", config.site.as_str()), config.name.as_str())]);
    for service in &config.services {
        all.insert(("service", service.service.as_str()), &service.name);
        if let (Some(id), Some(name)) = (&service.field, &service.field_name) {
            all.insert(("field", id.as_str()), name);
        }
        if let (Some(id), Some(name)) = (&service.department, &service.department_name) {
            all.insert(("department", id.as_str()), name);
        }
    }
    all.extend(config.counters.iter().map(|counter| (("counter", counter.counter.as_str()), counter.name.as_str())));
    all.extend(config.officers.iter().map(|officer| (("officer", officer.officer.as_str()), officer.name.as_str())));
    all
}
