//! Departments ⊃ fields ⊃ services, and the counters and officers of a department.

use domain::config::{CounterConfig, OfficerConfig, Queue, ServiceConfig};
use domain::{CounterId, DepartmentId, FieldId, OfficerId, ServiceId};
use jiff::civil::Date;

use super::calendar;
use super::ids::Declared;
use crate::settings::reader::{Table, Value};

const QUEUES: [(&str, Queue); 2] = [("external", Queue::External), ("motcua", Queue::Motcua)];

/// What the departments of a file hold, in the order of the file.
pub(super) struct Departments<'r> {
    pub(super) services: Vec<ServiceConfig>,
    pub(super) counters: Vec<CounterConfig>,
    pub(super) officers: Vec<OfficerConfig>,
    /// Every counter that the file names, also one with a mistake: a reference to it is none.
    pub(super) counter_ids: Declared<'r>,
    service_ids: Declared<'r>,
    field_ids: Declared<'r>,
    field_names: Vec<(FieldId, String)>,
    postings: Vec<Posting>,
}

/// A department whose table is still being read.
struct Department<'r> {
    table: Table<'r>,
    id: Option<DepartmentId>,
    name: Option<String>,
}

/// One period of one officer: the same person may come again, in another department too.
struct Posting {
    officer: OfficerId,
    from: Date,
    to: Date,
    line: String,
}

/// Reads all departments. Services first: a counter may serve those of a later department.
pub(super) fn read(tables: Vec<Table<'_>>) -> Departments<'_> {
    let mut all = Departments {
        services: Vec::new(),
        counters: Vec::new(),
        officers: Vec::new(),
        counter_ids: Declared::new("counter"),
        service_ids: Declared::new("service"),
        field_ids: Declared::new("field"),
        field_names: Vec::new(),
        postings: Vec::new(),
    };
    let mut ids = Declared::new("department");
    let mut departments = Vec::new();
    for mut table in tables {
        let id = table.need("department").and_then(|value| ids.declare(&value, value.parse()?));
        let name = named(&mut table);
        let fields = table.tables("field");
        let department = Department { table, id, name };
        fields.into_iter().for_each(|field| all.field(field, &department));
        departments.push(department);
    }
    for mut department in departments {
        let counters = department.table.tables("counter");
        counters.into_iter().for_each(|counter| all.counter(counter, department.id));
        let officers = department.table.tables("officer");
        officers.into_iter().for_each(|officer| all.officer(officer, department.id));
        department.table.finish();
    }
    all
}

/// The `name` that everything has.
fn named(table: &mut Table<'_>) -> Option<String> {
    table.need("name").and_then(|value| value.text()).map(str::to_owned)
}

impl<'r> Departments<'r> {
    fn field(&mut self, mut table: Table<'r>, department: &Department<'r>) {
        let id: Option<FieldId> = table.need("field").and_then(|value| self.field_ids.declare(&value, value.parse()?));
        let name = named(&mut table);
        for service in table.tables("service") {
            self.service(service, department, id, name.as_ref());
        }
        table.finish();
        self.field_names.extend(id.zip(name));
    }

    fn service(
        &mut self,
        mut table: Table<'r>,
        department: &Department<'r>,
        field: Option<FieldId>,
        field_name: Option<&String>,
    ) {
        // A service in two fields is the same id twice.
        let id = table.need("service").and_then(|value| self.service_ids.declare(&value, value.parse()?));
        let name = named(&mut table);
        let queue = table.get("queue").map_or(Some(Queue::External), |value| value.one_of(&QUEUES));
        let hours = calendar::hours(table.tables("hours"));
        table.finish();
        let (Some(service), Some(name), Some(queue)) = (id, name, queue) else { return };
        self.services.push(ServiceConfig {
            service,
            name,
            field,
            field_name: field_name.cloned(),
            department: department.id,
            department_name: department.name.clone(),
            queue,
            hours,
        });
    }

    fn counter(&mut self, mut table: Table<'r>, department: Option<DepartmentId>) {
        let id: Option<CounterId> =
            table.need("counter").and_then(|value| self.counter_ids.declare(&value, value.parse()?));
        let name = named(&mut table);
        let place = table.get("place").and_then(|value| value.text()).map(str::to_owned);
        let services = table.get("services").map(|value| self.served(&value)).unwrap_or_default();
        let field = table.get("field").and_then(|value| self.field_ids.refer(&value, value.parse::<FieldId>()?));
        table.finish();
        let field_name = field.and_then(|field| {
            let mut names = self.field_names.iter();
            names.find(|(id, _)| *id == field).map(|(_, name)| name.clone())
        });
        if let (Some(counter), Some(name)) = (id, name) {
            self.counters.push(CounterConfig { counter, name, place, department, services, field_name });
        }
    }

    /// The services of a list: each known, each once.
    pub(super) fn served(&self, value: &Value<'r>) -> Vec<ServiceId> {
        let mut services = Vec::new();
        for item in value.list().unwrap_or_default() {
            let Some(id) = item.parse::<ServiceId>().and_then(|id| self.service_ids.refer(&item, id)) else { continue };
            if services.contains(&id) {
                item.at.mistake(format!("service `{id}` is there twice"));
            } else {
                services.push(id);
            }
        }
        services
    }

    fn officer(&mut self, mut table: Table<'r>, department: Option<DepartmentId>) {
        let line = table.at.line_text();
        let id_at = table.need("officer");
        let id: Option<OfficerId> = id_at.as_ref().and_then(Value::parse);
        let name = named(&mut table);
        let from = table.get("from").map(|value| (value.date(), value));
        let to = table.get("to").map(|value| (value.date(), value));
        table.finish();
        let first = from.as_ref().map_or(Some(Date::MIN), |(date, _)| *date);
        let last = to.as_ref().map_or(Some(Date::MAX), |(date, _)| *date);
        let (Some(officer), Some(name), Some(first), Some(last)) = (id, name, first, last) else { return };
        if let Some((_, to)) = to.as_ref().filter(|_| last < first) {
            to.at.mistake(format!("{last} is before `from`, {first}"));
            return;
        }
        let mut earlier = self.postings.iter().filter(|posting| posting.officer == officer);
        if let (Some(id_at), Some(other)) = (&id_at, earlier.find(|other| other.from <= last && first <= other.to)) {
            id_at.at.mistake(format!("officer `{officer}` is already there on the same days, in {}", other.line));
            return;
        }
        self.postings.push(Posting { officer, from: first, to: last, line });
        let date = |end: Option<(Option<Date>, Value<'_>)>| end.and_then(|(date, _)| date).map(|date| date.to_string());
        self.officers.push(OfficerConfig { officer, name, department, from: date(from), to: date(to) });
    }
}
