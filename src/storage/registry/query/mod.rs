//! The stored queries. Spec: ITI TF-2: 3.18.4.1.2.3.7.
