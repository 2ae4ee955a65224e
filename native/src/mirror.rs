//! The state of Python's objects (`Stamps`, `Discipline`, `Timeline`) in Rust and back, by the names of their fields. Whoever works with
//! it owns it: Python's object is out of date while the state is here.

use framecast_core::sources::discipline::{Discipline, Spans};
use framecast_core::sources::stamps::{Shift, Stamps};
use framecast_core::sources::timeline::Timeline;
use pyo3::prelude::*;

/// A state that has a home in Python.
pub trait Mirror: Sized {
    fn load(home: &Bound<'_, PyAny>) -> PyResult<Self>;
    fn store(&self, home: &Bound<'_, PyAny>) -> PyResult<()>;
}

/// `fixed` fields are only loaded, `moving` ones are stored, too.
macro_rules! mirror {
    ($kind:ty { fixed { $($fixed:ident = $fixed_name:literal),* } moving { $($moving:ident = $name:literal),* } }) => {
        impl Mirror for $kind {
            fn load(home: &Bound<'_, PyAny>) -> PyResult<Self> {
                Ok(Self {
                    $($fixed: home.getattr($fixed_name)?.extract()?,)*
                    $($moving: home.getattr($name)?.extract()?,)*
                })
            }

            fn store(&self, home: &Bound<'_, PyAny>) -> PyResult<()> {
                $(home.setattr($name, self.$moving.clone())?;)*
                Ok(())
            }
        }
    };
}

mirror!(Stamps {
    fixed { num = "_num", den = "_den", step = "_step", disorder = "_disorder", gap = "_gap" }
    moving { shift = "_shift", last = "_last", last_arrival_ns = "_last_arrival_ns" }
});

mirror!(Spans {
    fixed {}
    moving { count = "count", least = "_least", since_ns = "_since_ns", past = "_past" }
});

impl Mirror for Shift {
    fn load(home: &Bound<'_, PyAny>) -> PyResult<Shift> {
        Ok(Shift { ns: home.getattr("ns")?.extract()? })
    }

    fn store(&self, home: &Bound<'_, PyAny>) -> PyResult<()> {
        home.setattr("ns", self.ns)
    }
}

impl Mirror for Timeline {
    fn load(home: &Bound<'_, PyAny>) -> PyResult<Timeline> {
        Ok(Timeline {
            fastest: home.getattr("_fastest")?.extract::<Vec<(i128, i128)>>()?.into(),
            last_ns: home.getattr("_last_ns")?.extract()?,
            offsets: home.getattr("_offsets")?.extract()?,
            error_ns: home.getattr("error_ns")?.extract()?,
            corrected: home.getattr("corrected")?.extract()?,
            lag_ns: home.getattr("lag_ns")?.extract()?,
        })
    }

    fn store(&self, home: &Bound<'_, PyAny>) -> PyResult<()> {
        let fastest = home.getattr("_fastest")?; // a deque stays one
        fastest.call_method0("clear")?;
        fastest.call_method1("extend", (Vec::from_iter(self.fastest.iter().copied()),))?;
        home.setattr("_last_ns", self.last_ns)?;
        home.setattr("_offsets", self.offsets.clone())?;
        home.setattr("error_ns", self.error_ns)?;
        home.setattr("corrected", self.corrected)?;
        home.setattr("lag_ns", self.lag_ns)
    }
}

impl Mirror for Discipline {
    fn load(home: &Bound<'_, PyAny>) -> PyResult<Discipline> {
        let tick_ns = home.getattr("_tick_ns")?;
        Ok(Discipline {
            tick_num: tick_ns.getattr("numerator")?.extract()?,
            tick_den: tick_ns.getattr("denominator")?.extract()?,
            usual_ns: home.getattr("_usual_ns")?.extract()?,
            follows: home.getattr("follows")?.extract()?,
            added_ns: home.getattr("_added_ns")?.extract()?,
            owed_ns: home.getattr("_owed_ns")?.extract()?,
            delay_ns: home.getattr("_delay_ns")?.extract()?,
            first_delay_ns: home.getattr("_first_delay_ns")?.extract()?,
            wrong: home.getattr("_wrong")?.extract()?,
            suspicion: home.getattr("_suspicion")?.extract()?,
            interval_ns: home.getattr("_interval_ns")?.extract()?,
            raw_ns: home.getattr("_raw_ns")?.extract()?,
            last: home.getattr("_last")?.extract()?,
            out_ns: home.getattr("_out_ns")?.extract()?,
            last_dts: home.getattr("_last_dts")?.extract()?,
            spans: Spans::load(&home.getattr("_spans")?)?,
        })
    }

    fn store(&self, home: &Bound<'_, PyAny>) -> PyResult<()> {
        home.setattr("follows", self.follows)?;
        home.setattr("_added_ns", self.added_ns)?;
        home.setattr("_owed_ns", self.owed_ns)?;
        home.setattr("_delay_ns", self.delay_ns)?;
        home.setattr("_first_delay_ns", self.first_delay_ns)?;
        home.setattr("_wrong", self.wrong.clone())?;
        home.setattr("_suspicion", self.suspicion)?;
        home.setattr("_interval_ns", self.interval_ns)?;
        home.setattr("_raw_ns", self.raw_ns)?;
        home.setattr("_last", self.last)?;
        home.setattr("_out_ns", self.out_ns)?;
        home.setattr("_last_dts", self.last_dts)?;
        self.spans.store(&home.getattr("_spans")?)
    }
}
