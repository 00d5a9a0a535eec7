//! Roles, from the least to the most.

use std::fmt;
use std::str::FromStr;

use domain::SiteId;
use serde::{Deserialize, Serialize};

/// What a caller is. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Walls, counter screens, the public part of the board.
    Public,
    /// An officer at a counter.
    Officer,
    /// Who runs the floor.
    Supervisor,
    /// Who answers for the centre.
    Director,
}

impl Role {
    /// All roles, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Public, Self::Officer, Self::Supervisor, Self::Director];

    /// The word of the contract.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Officer => "officer",
            Self::Supervisor => "supervisor",
            Self::Director => "director",
        }
    }
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of public, officer, supervisor, director")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.code() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What a checked credential allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// As what.
    pub role: Role,
    /// Where; `None` is every site.
    pub site: Option<SiteId>,
}

impl Grant {
    /// Whether it is at least `role` at `site`.
    #[must_use]
    pub fn allows(&self, role: Role, site: SiteId) -> bool {
        self.role >= role && self.site.is_none_or(|own| own == site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grow() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(role.code().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        }
        assert_eq!(
            "root".parse::<Role>().unwrap_err().to_string(),
            "`root` is none of public, officer, supervisor, director"
        );
    }

    #[test]
    fn a_grant_is_for_its_role_and_site() {
        let (here, there) = (SiteId::new("here").unwrap(), SiteId::new("there").unwrap());
        let everywhere = Grant { role: Role::Supervisor, site: None };
        assert!(everywhere.allows(Role::Officer, here) && everywhere.allows(Role::Supervisor, there));
        assert!(!everywhere.allows(Role::Director, here));
        let local = Grant { role: Role::Director, site: Some(here) };
        assert!(local.allows(Role::Director, here) && !local.allows(Role::Public, there));
    }
}
