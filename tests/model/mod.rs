//! Random sequences of submissions, updates and removals, given to the registry and to a small model of it that was
//! written from the rules; after each step, stored queries with random parameters are asked of both.
//!
//! The registry is the real one from the SOAP body down to the database; the model scans vectors. A sequence follows
//! from its seed. `MODEL_SEED=n` draws other ones, `MODEL_SEQUENCES=n` more or fewer. What fails is made shorter by
//! leaving out steps, and told with its seed.
//!
//! That it can fail was tried on 25 Nov 2026 with seven faults put into the registry one at a time; each was found within
//! five seconds and three hundred sequences: a cascade of deprecation that stops at the replaced document; replacements
//! that stay out of folders; a lastUpdateTime that does not move within a second; LIKE that ignores case; an upper bound of
//! creationTime that is inclusive; answers by id that mix patients; associations of a submission set without their other
//! end. Two more faults, put into the model: relations between patients allowed after an update, and relations taken over although one
//! of two ends that change says no; each was found within two seconds. What it found by itself: an association of one patient's objects could be submitted by a set of another patient.

mod asking;
mod changing;
mod compare;
mod draw;
mod name;
mod query;
pub(crate) mod random;
mod registry;
mod remove;
mod submit;
mod update;
mod wire;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::compare::Pair;
use crate::model::draw::Draw;
use crate::model::name::Name;
use crate::model::random::Random;
use crate::model::registry::{Face, Ground, tick};
use crate::support::postgres::fresh_database;

/// Steps of one sequence.
const STEPS: u64 = 7;
/// Queries after each step, and at the end of each kind.
const QUERIES: usize = 3;

#[test]
fn the_registry_and_a_model_written_from_the_rules_agree_on_random_sequences() {
    let (seed, sequences) = (number("MODEL_SEED", 20_261_125), number("MODEL_SEQUENCES", 2_000));
    eprintln!("model: {sequences} sequences from seed {seed}");
    run(seed, sequences, String::new);
}

#[test]
fn they_agree_on_postgresql_too() {
    let (seed, sequences) = (number("MODEL_SEED", 20_261_125), number("MODEL_SEQUENCES", 2_000).div_ceil(8));
    eprintln!("model: {sequences} sequences from seed {seed} on PostgreSQL");
    run(seed, sequences, || format!("[registry]\nurl = \"{}\"\n", fresh_database()));
}

#[expect(clippy::disallowed_methods, reason = "how whoever looks for a fault asks for other sequences")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect(name))
}

/// Runs sequences `seed`, `seed + 1`… on two threads, each with a registry of its own.
fn run(seed: u64, sequences: u64, database: impl Fn() -> String + Sync) {
    let next = AtomicU64::new(0);
    let totals = std::thread::scope(|scope| {
        let worker = || {
            let ground = Ground::new(&database());
            ground.run(async |face| {
                let mut tally = Tally::default();
                let all: Vec<u64> = (0..STEPS).collect();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= sequences {
                        return tally;
                    }
                    if let Err(fault) = sequence(&ground, face, seed + at, &all, &mut tally).await {
                        next.store(sequences, Ordering::Relaxed);
                        panic!("{}", shortened(&ground, face, seed + at, fault).await);
                    }
                }
            })
        };
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).fold(
            Tally::default(),
            |sum, one| Tally {
                taken: sum.taken + one.taken,
                refused: sum.refused + one.refused,
                queries: sum.queries + one.queries,
                objects: sum.objects + one.objects,
            },
        )
    });
    eprintln!("model: {totals:?}");
    assert!(
        totals.taken > 2 * totals.refused && totals.refused > 0 && 2 * totals.objects > totals.queries,
        "{totals:?}"
    );
}

/// What was compared.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    taken: u64,
    refused: u64,
    queries: u64,
    objects: u64,
}

/// One sequence: those of its steps that are named. A step is drawn from its own number and from what stands so far.
async fn sequence(ground: &Ground, face: &Face<'_>, seed: u64, steps: &[u64], tally: &mut Tally) -> Result<(), String> {
    // Two runs of one sequence must not meet in the registry.
    static SERIAL: AtomicU64 = AtomicU64::new(1);
    let mut draw = Draw::new(SERIAL.fetch_add(1, Ordering::Relaxed));
    let mut pair = Pair::new(face, draw.known_patients());
    draw.known_patients().iter().for_each(|patient| ground.know(patient));
    for step in steps {
        draw.random = Random::of(seed, *step);
        let now = tick([0, 1, 1, 60][draw.random.below(4)]);
        let outcome = pair.step(&mut draw, &now, tally).await;
        outcome.map_err(|fault| pair.told(&fault))?;
        for _ in 0..QUERIES {
            let name = *draw.random.pick(&Name::ALL);
            pair.compare(&mut draw, name, tally).await.map_err(|fault| pair.told(&fault))?;
        }
    }
    draw.random = Random::of(seed, STEPS);
    for name in &Name::ALL {
        pair.compare(&mut draw, *name, tally).await.map_err(|fault| pair.told(&fault))?;
    }
    Ok(())
}

/// Leaves out steps as long as the sequence still fails.
async fn shortened(ground: &Ground, face: &Face<'_>, seed: u64, first: String) -> String {
    let (mut steps, mut fault) = ((0..STEPS).collect::<Vec<_>>(), first);
    for step in 0..STEPS {
        let fewer: Vec<u64> = steps.iter().copied().filter(|one| *one != step).collect();
        if let Err(shorter) = sequence(ground, face, seed, &fewer, &mut Tally::default()).await {
            (steps, fault) = (fewer, shorter);
        }
    }
    format!("sequence {seed} (MODEL_SEED={seed} MODEL_SEQUENCES=1), steps {steps:?}:\n{fault}")
}
