//! What every step of a run needs.

use std::path::PathBuf;
use std::sync::OnceLock;

use url::Url;

use super::build_run::Builds;
use super::error::PipelineError;
use super::provided_pip::ProvidedPip;
use crate::index::{Connections, Credentials, Fetcher, Netrc, Network};
use crate::interpreter::{Facts, FactsCache, Host, Interpreters};
use crate::report::{Progress, Timeline};
use crate::requirements::Search;
use crate::resolve::index_preimage;
use crate::settings::{Settings, World};
use crate::store::{Layout, Opened, Places, Store, StoreError};

/// What every step of a run needs.
pub struct Context<'a> {
    /// The world.
    pub world: &'a World,
    /// What holds.
    pub settings: &'a Settings,
    /// The store.
    pub store: &'a Store,
    /// The interpreter.
    pub facts: &'a Facts,
    /// What takes how long.
    pub timeline: &'a Timeline,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The pip that an index was asked for in this run.
    pub newest_pip: OnceLock<ProvidedPip>,
    /// What the builds of this run share.
    pub builds: Builds,
    /// What connections to indexes there are in this run.
    pub connections: Connections,
}

impl Context<'_> {
    /// Opens the stores that the settings name. One that cannot be written, or is not trusted, costs a warning.
    ///
    /// # Errors
    /// When not even a temporary one can be made.
    pub fn open_store(settings: &Settings, world: &World, progress: &dyn Progress) -> Result<Store, PipelineError> {
        let Opened {
            store,
            unwritable,
            refused,
            absent,
        } = Store::open(Places {
            home: &settings.cache_dir,
            read: &settings.read_stores,
            sharing: settings.sharing,
            temporary: &world.temporary,
            now: world.now,
        })?;
        let next = |hint: Option<String>| hint.map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
        match unwritable {
            Some(StoreError::Distrust(reason)) => {
                let next = next(reason.hint());
                progress.warn(&format!("{reason}; the store is not used, and what is new is not kept{next}"));
            }
            Some(reason) => progress.warn(&format!("{reason}; what is new is not kept in the store")),
            None => {}
        }
        for reason in refused {
            let next = next(reason.hint_of_read());
            progress.warn(&format!("{reason}; that store is not read{next}"));
        }
        for path in absent {
            progress.detail(&format!("there is no store in {} to read", path.display()));
        }
        Ok(store.limited_to(settings.unpacked))
    }

    /// The interpreter that the settings name.
    ///
    /// # Errors
    /// When there is none.
    pub fn find_interpreter(
        settings: &Settings,
        world: &World,
        layout: &Layout,
        progress: &dyn Progress,
    ) -> Result<Facts, PipelineError> {
        let cache = FactsCache::at(layout.interpreters()).staged_in(layout.staging());
        let host = Host::detect(world.variable("LD_LIBRARY_PATH").map(str::to_owned));
        let interpreters = Interpreters {
            cache: &cache,
            host: &host,
            progress,
        };
        Ok(interpreters.find(&settings.python, &settings.python_search)?)
    }

    /// Who is known to which index.
    pub fn credentials(&self, search: &Search) -> Credentials {
        let urls = |texts: &[String]| texts.iter().filter_map(|text| Url::parse(text).ok()).collect::<Vec<_>>();
        let mut indexes: Vec<Url> = search.index_url.iter().filter_map(|text| Url::parse(text).ok()).collect();
        indexes.extend(urls(&search.extra_index_urls));
        let home = self.world.home.clone().unwrap_or_else(|| PathBuf::from("/"));
        let places = urls(&search.find_links).into_iter().chain(urls(&search.direct)).collect();
        Credentials::new(indexes, places, Netrc::load(&self.world.variables, &home))
    }

    /// A fetcher; it sets nothing up before it is used.
    pub fn fetcher(&self, search: &Search) -> Fetcher {
        self.fetcher_with(search, None)
    }

    /// The same; `retries` where the user's number of them does not count.
    pub(super) fn fetcher_with(&self, search: &Search, retries: Option<u32>) -> Fetcher {
        let agent = concat!("snapenv/", env!("CARGO_PKG_VERSION")).to_owned();
        let mut options = self.settings.network.clone();
        options.retries = retries.or(options.retries);
        options.trusted_hosts.extend(search.trusted_hosts.iter().cloned());
        let network = Network::new(options, &self.world.variables, agent);
        let credentials = self.credentials(search);
        let credentials = match self.settings.keyring.program(self.world) {
            Some(program) => credentials.with_keyring(program),
            None => credentials,
        };
        self.connections.fetcher(network, credentials)
    }

    /// How the pip of an interpreter is filed: one for each set of indexes, since each answers with its own.
    pub fn pip_name(&self) -> String {
        let search = Search::from_settings(&self.settings.search);
        let indexes = serde_json::to_vec(
            &index_preimage(&search, &self.credentials(&search), &self.world.current_dir)
                .0
                .indexes,
        );
        let digest = blake3::hash(&indexes.unwrap_or_default()).to_hex();
        let bytecode = crate::key::bytecode_name(self.settings.bytecode);
        format!("{}-{bytecode}-{}", self.facts.cache_tag, &digest[..16])
    }
}
