//! Where a receptor finds what it binds.

use crate::model::{Binds, LayerId, Setup, TraitId};

pub struct ReceptorPlan {
    /// Layers that hold types with one of the antigens.
    pub layers: Vec<LayerId>,
    /// The antigens bound, with the column of antigen and presenter in each layer.
    pub antigens: Vec<AntigenPlan>,
    /// Column of `copies` in each layer.
    pub copies: Vec<Option<usize>>,
}

pub struct AntigenPlan {
    pub of: TraitId,
    pub columns: Vec<Option<usize>>,
    /// By layer: outer none: no presenter asked for; inner none: the layer does not store it.
    pub presenter: Option<Vec<Option<usize>>>,
    pub presented_at: f32,
}

impl ReceptorPlan {
    pub fn new(setup: &Setup, receptor: usize, stored: &[Vec<TraitId>]) -> ReceptorPlan {
        let receptor = &setup.receptors[receptor];
        let column_of = |t: TraitId| -> Vec<Option<usize>> {
            stored.iter().map(|columns| columns.binary_search(&t).ok()).collect()
        };
        let antigens: Vec<AntigenPlan> = match &receptor.binds {
            Binds::Substrate(_) => Vec::new(),
            Binds::Antigens(list) => list
                .iter()
                .map(|a| {
                    let antigen = &setup.traits[a.index()];
                    AntigenPlan {
                        of: *a,
                        columns: column_of(*a),
                        presenter: antigen.presented_by.map(column_of),
                        presented_at: antigen.presented_at as f32,
                    }
                })
                .collect(),
        };
        let layers = (0..stored.len())
            .filter(|l| antigens.iter().any(|a| a.columns[*l].is_some()))
            .map(|l| LayerId(l as u16))
            .collect();
        let copies = match receptor.copies {
            Some(t) => column_of(t),
            None => vec![None; stored.len()],
        };
        ReceptorPlan { layers, antigens, copies }
    }
}
