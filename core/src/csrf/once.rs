//! Tokens that are good for one request.
//!
//! Nothing is stored for a token that is rendered. A record counts the one-shot tokens that were used, and remembers for the scopes of the latest
//! ones the number of the last: tokens of that scope with a lower number are void. For all other scopes the number is that of the latest use that
//! was forgotten: so a record stays small whatever its scopes are, forgetting voids a form that is open and never brings a token back.

use crate::record::CsrfMemory;

/// Scopes whose latest use is remembered.
const REMEMBERED: usize = 16;

/// The number that a token of `scope` has to have.
pub fn number(memory: &CsrfMemory, scope: &str) -> u32 {
    memory.uses.iter().find(|(other, _)| **other == *scope).map_or(memory.floor, |(_, number)| *number)
}

/// Voids the tokens of `scope`.
pub fn spend(memory: &mut CsrfMemory, scope: &str) {
    // After four billion uses every one-shot token is void, and stays so.
    memory.used = memory.used.saturating_add(1);
    memory.uses.retain(|(other, _)| **other != *scope);
    memory.uses.push((scope.into(), memory.used));
    if memory.uses.len() > REMEMBERED {
        memory.floor = memory.uses.remove(0).1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a16_a_used_number_never_comes_back() {
        let mut memory = CsrfMemory::default();
        let scopes: Vec<String> = (0..40).map(|n| format!("scope-{n}")).collect();
        let mut used: Vec<(usize, u32)> = Vec::new();
        // Every scope again and again, in an order that makes the memory forget.
        for step in 0..4000_usize {
            let at = step.wrapping_mul(step).wrapping_add(7 * step) % scopes.len();
            used.push((at, number(&memory, &scopes[at])));
            spend(&mut memory, &scopes[at]);
            assert!(memory.uses.len() <= REMEMBERED);
            assert!(used.iter().all(|(at, old)| number(&memory, &scopes[*at]) > *old), "step {step}");
        }
    }
}
