//! Indices into the tables of a `Setup`, one type per table so that they cannot be mixed up.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u16);

        impl $name {
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    )*};
}

ids! {
    /// A kind of cell.
    CellTypeId,
    /// A layer of the lattice; each site holds at most one cell per layer.
    LayerId,
    /// A molecule with a concentration.
    SubstrateId,
    /// A number each cell carries; an antigen is a trait that receptors bind.
    TraitId,
    ReceptorId,
    InteractionId,
    CompartmentId,
    FlowId,
    ProductId,
    DoseId,
    RemovalId,
    ObservableId,
    EndpointId,
    /// A quantity that conditions read.
    SignalId,
}

/// Where a cell or pool came from: native, or one of the products. Inherited through every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin(pub u8);

impl Origin {
    pub const NATIVE: Origin = Origin(0);

    pub fn of(product: ProductId) -> Origin {
        // Products are counted in u8 because a cell stores its origin in one byte; `spec` refuses more than 250.
        Origin(product.0 as u8 + 1)
    }

    pub fn product(self) -> Option<ProductId> {
        (self.0 > 0).then(|| ProductId(u16::from(self.0) - 1))
    }

    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
