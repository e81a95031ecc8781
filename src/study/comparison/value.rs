//! One arm by itself: the median of an endpoint, or the mean of an observable on a day.

use super::Input;
use crate::record::EndpointValue;
use crate::stats::Estimate;
use crate::stats::compare::{Center, median_value, observable_value};

pub fn run(input: &mut Input) -> Result<Estimate, String> {
    let arm = *input.arms.first().ok_or("needs an arm")?;
    let endpoint = input.spec.endpoint.as_ref();
    let is_value = |id: &String| {
        input.results.of_arm(arm).any(|r| matches!(r.endpoints.get(id), Some(EndpointValue::Value(_))))
    };
    let center = match endpoint {
        Some(id) if !is_value(id) => {
            let (times, plan) = (input.times()?, input.plan);
            return median_value(&times[0], plan, &mut || input.uniform()).map_err(|e| e.to_string());
        }
        Some(_) => Center::Median,
        None => Center::Mean,
    };
    let (values, plan) = (input.numbers()?, input.plan);
    observable_value(&values[0], center, plan, &mut || input.uniform()).map_err(|e| e.to_string())
}
