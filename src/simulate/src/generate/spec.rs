//! How large a made-up org shall be, and how that is written.

use rolecall_base::nearest::did_you_mean;

/// The numbers an org is made up from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateSpec {
    /// The org's name.
    pub name: String,
    /// OAuth clients, the auditor's own included; at least 1.
    pub clients: u32,
    /// Users.
    pub users: u32,
    /// Roles, the auditor's and the admin's included; at least 2.
    pub roles: u32,
    /// Divisions, Home included; at least 1.
    pub divisions: u32,
    /// Groups.
    pub groups: u32,
    /// Where the dice start.
    pub seed: u64,
}

impl Default for GenerateSpec {
    fn default() -> Self {
        Self { name: "generated".to_owned(), clients: 40, users: 500, roles: 60, divisions: 5, groups: 10, seed: 7 }
    }
}

const KEYS: [&str; 7] = ["name", "clients", "users", "roles", "divisions", "groups", "seed"];

/// More of anything than this is a slip of the finger.
const MOST: u32 = 2_000_000;

impl std::str::FromStr for GenerateSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut spec = Self::default();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(format!("`{pair}` is not a pair; write `users=500`"));
            };
            let (key, value) = (key.trim(), value.trim());
            let number = |least: u32| match value.parse::<u32>() {
                Ok(number) if (least..=MOST).contains(&number) => Ok(number),
                _ => Err(format!("`{value}` in `{pair}` is not a number from {least} to {MOST}")),
            };
            match key {
                "name" if value.is_empty() => return Err("`name=` is empty".to_owned()),
                "name" => spec.name = value.to_owned(),
                "clients" => spec.clients = number(1)?,
                "users" => spec.users = number(0)?,
                "roles" => spec.roles = number(2)?,
                "divisions" => spec.divisions = number(1)?,
                "groups" => spec.groups = number(0)?,
                "seed" => {
                    spec.seed = value.parse().map_err(|_| format!("`{value}` in `{pair}` is not a whole number"))?;
                }
                _ => return Err(format!("`{key}` is not something to generate{}", did_you_mean(key, KEYS))),
            }
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_example_is_understood_and_slips_are_named() {
        let spec: GenerateSpec = "clients=40,users=500,roles=60,divisions=5,groups=10,seed=7".parse().unwrap();
        assert_eq!(spec, GenerateSpec::default());
        let error = |text: &str| text.parse::<GenerateSpec>().unwrap_err();
        assert!(error("user=3").contains("`users`"));
        assert!(error("roles=1").contains("from 2"));
        assert!(error("users").contains("not a pair"));
        assert!(error("seed=x").contains("`x`"));
    }
}
